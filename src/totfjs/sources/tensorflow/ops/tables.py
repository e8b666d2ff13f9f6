"""Lookup tables: what they hold is known when the model is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.recipes.slicing import nothing, take
from totfjs.recipes.sorting import first_true
from totfjs.recipes.tables import lookup
from totfjs.sources.tensorflow.dtypes import FLOATS, numpy_dtype
from totfjs.sources.tensorflow.filling import Table
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# Whole numbers are compared with this many keys without a table, which would need executeAsync.
_FEW = 64
# Columns of a file: its whole lines, and their numbers.
_LINE, _NUMBER = -2, -1


def _table(use: Use) -> Operand:
    node = use.node
    shared = use.text("shared_name", b"")
    name = shared or "/".join((*use.lowering.path, node.name))
    if use.attr("value_shape", ()):
        raise OpError("its values are vectors, which TensorFlow.js does not keep in tables")
    reserved = [use.array(index, "a key that it reserves").item() for index in range(len(use))]
    return Table(name, use.attr("key_dtype"), use.attr("value_dtype"), tuple(reserved))


def _held(use: Use) -> Table:
    table = use.operands[0]
    if not isinstance(table, Table):
        raise OpError("its table is none that the file holds")
    return table


# --- filling --------------------------------------------------------------------------------------------------------


def _fill(use: Use) -> Sequence[Operand]:
    use.lowering.tables.fill(_held(use), _content(use, 1), _content(use, 2))
    return ()


def _content(use: Use, index: int) -> np.ndarray:
    operand = use.operands[index]
    if isinstance(operand, Tensor) and operand.array is not None:
        return operand.array.numpy()
    return use.array(index, ("its table", "its keys", "its values")[index])


def _fill_from_file(use: Use) -> Sequence[Operand]:
    table, name = _held(use), use.array(1, "the name of its file").reshape(-1)[0]
    files, found = use.lowering.tables.files, bytes(name).decode()
    if found not in files:
        raise OpError(f"its file {found} is not among the assets of the model")
    rows = lines(files[found])
    most = use.attr("vocab_size", -1)
    rows = rows if most < 0 else rows[:most]
    delimiter = use.attr("delimiter", b"\t")
    columns = ((use.attr("key_index"), table.key_dtype), (use.attr("value_index"), table.value_dtype))
    keys, values = (column(rows, at, dtype, delimiter, use.attr("offset", 0)) for at, dtype in columns)
    use.lowering.tables.fill(table, keys, values)
    return ()


def lines(text: bytes) -> list[bytes]:
    """The lines of a file as TensorFlow reads them."""
    found = text.replace(b"\r", b"").split(b"\n")
    return found if found[-1] else found[:-1]


def column(rows: Sequence[bytes], at: int, dtype: str, delimiter: bytes, offset: int) -> np.ndarray:
    """A column of a file: its lines, their numbers, or a field of each."""
    if at == _NUMBER:
        return np.arange(len(rows), dtype=np.int64) + offset
    fields = list(rows) if at == _LINE else [row.split(delimiter)[at] for row in rows]
    found = np.empty(len(fields), object)
    found[:] = fields
    return found if dtype == "string" else np.array([float(x) if dtype in FLOATS else int(x) for x in fields],
                                                    numpy_dtype(dtype))  # fmt: skip


# --- asking ---------------------------------------------------------------------------------------------------------


def _find(use: Use) -> Operand:
    keys, values = use.lowering.tables.of(_held(use))
    default = use.array(2, "what it gives for other keys")
    if default.size != 1:
        raise OpError("what it gives for other keys is no single value")
    keys, values, other = _narrow(keys), _narrow(values), _narrow(default).reshape(())
    asked = use.operands[1]
    if isinstance(asked, np.ndarray):
        return _found(asked, keys, values, other, numpy_dtype(use.attr("Tout")))
    x = use.tensor(1)
    if 0 in x.shape:
        return nothing(use.const(other[None]), x.shape)
    if keys.size == 0:
        return broadcast_to(use.const(other), x.shape)
    if x.dtype is DType.INT32 and values.dtype != object and _few(keys):
        return _compared(x, keys, values, other)
    if x.dtype not in (DType.STRING, DType.INT32):
        raise OpError(f"its keys are {use.attr('Tin')}; TensorFlow.js keeps text and whole numbers")
    if any(not isinstance(size, int) for size in x.shape):
        use.note("A lookup of no keys at all is an error in TensorFlow.js.")
    return lookup(x, keys, values, other.item())


def _few(keys: np.ndarray) -> bool:
    return keys.size <= _FEW and np.abs(keys.astype(np.int64)).max() <= 1 << 24


def _narrow(array: np.ndarray) -> np.ndarray:
    """int64 as int32, double as float."""
    if array.dtype.kind in "iu":
        if array.size and (array.min() < -(2**31) or array.max() >= 2**31):
            raise OpError("its table has numbers beyond 32 bits, which TensorFlow.js does not have")
        return array.astype(np.int32)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _found(asked: np.ndarray, keys: np.ndarray, values: np.ndarray, other: np.ndarray, dtype: Any) -> np.ndarray:
    content = dict(zip(keys.tolist(), values.tolist(), strict=True))
    found = np.empty(asked.size, dtype)
    found[:] = [content.get(key, other.item()) for key in asked.reshape(-1).tolist()]
    return found.reshape(asked.shape)


def _compared(x: Tensor, keys: np.ndarray, values: np.ndarray, other: np.ndarray) -> Tensor:
    """Values of a few whole numbers: the place of the key that is equal, or one past the last."""
    builder, flat = x.builder, reshape(x, (dims.product(x.shape), 1))
    content = dict(zip(keys.tolist(), values.tolist(), strict=True))
    names = np.array([*content], np.int32)
    held = builder.const(np.array([*content.values(), other.item()], values.dtype), name="table")
    same = elementwise("Equal", flat, builder.const(names.reshape(1, -1)))
    place = first_true(same, 1)
    place = select(builder.op("Any", same, [1]), place, builder.const(names.size, DType.INT32))
    return reshape(take(held, place, 0), x.shape)


def _size(use: Use) -> Operand:
    return np.array(len(set(use.lowering.tables.of(_held(use))[0].tolist())), np.int64)


def _export(use: Use) -> Sequence[Operand]:
    return use.lowering.tables.of(_held(use))


def _both(name: str, rule: Callable[[Use], Any], **more: Any) -> dict[str, Row]:
    """An op of tables by resources, and its form of TensorFlow 1."""
    row = Op(rule, integers=True, **more)
    return {f"{name}V2": row, name: row}


OPS: dict[str, Row] = {
    **_both("HashTable", _table),
    **_both("MutableHashTable", _table),
    **_both("MutableDenseHashTable", _table),
    **_both("InitializeTable", _fill),
    **_both("InitializeTableFromTextFile", _fill_from_file),
    **_both("LookupTableImport", _fill),
    **_both("LookupTableFind", _find),
    **_both("LookupTableSize", _size),
    **_both("LookupTableExport", _export, outputs=("keys", "values")),
}
REFUSED = {
    **dict.fromkeys(
        ("MutableHashTableOfTensors", "MutableHashTableOfTensorsV2"),
        "its values are vectors, which TensorFlow.js does not keep in tables",
    ),
    "InitializeTableFromDataset": "its table is filled by a pipeline of tf.data, which is not run",
    **dict.fromkeys(
        ("LookupTableInsert", "LookupTableInsertV2", "LookupTableRemoveV2"),
        "the model writes to its table while it runs, which TensorFlow.js does not do",
    ),
}
