"""Fills the tables of a model as its initialisers do, before the model itself is lowered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.graph import Origin
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.order import reached
from totfjs.sources.tensorflow.problems import Problems
from totfjs.sources.tensorflow.program import Body, Function
from totfjs.sources.tensorflow.values import Handle, Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering
    from totfjs.sources.tensorflow.saved import Saved

# Ops that fill a table, and those that call a function which may.
FILLING = (
    "InitializeTable",
    "InitializeTableV2",
    "InitializeTableFromTextFile",
    "InitializeTableFromTextFileV2",
    "InitializeTableFromDataset",
    "LookupTableImport",
    "LookupTableImportV2",
)
_CALLS = ("StatefulPartitionedCall", "PartitionedCall")
_DEEPEST = 16


@dataclass(frozen=True)
class Table(Handle):
    """A lookup table, by the name under which it is shared. `reserved` are keys that stand for places without any."""

    name: str
    key_dtype: str
    value_dtype: str
    reserved: tuple[Any, ...] = ()


@dataclass
class Tables:
    """What the tables of a model hold, the files that they may be filled from, and why some could not be filled."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    contents: dict[Table, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    written: frozenset[Table] = frozenset()

    def fill(self, table: Table, keys: np.ndarray, values: np.ndarray) -> None:
        """Lets a table hold these values by these keys."""
        if keys.size != values.size:
            raise OpError(f"it has {keys.size} keys and {values.size} values")
        keys, values = keys.reshape(-1), values.reshape(-1)
        kept = np.array([key not in table.reserved for key in keys.tolist()], bool)
        self.contents[table] = (keys[kept], values[kept]) if table.reserved else (keys, values)

    def of(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """The keys and values of a table."""
        if table in self.written:
            raise OpError("the model writes to the table while it runs, and a web model keeps no state")
        if table in self.contents:
            return self.contents[table]
        said = f": {'; '.join(self.problems)}" if self.problems else ""
        raise OpError(f"its table is not filled by anything in the file{said}")


def fill_tables(
    lowering: Lowering, saved: Saved, given: Mapping[str, tuple[Operand, ...]], assigned: Iterable[str] = ()
) -> None:
    """Runs what fills tables among the initialisers; in a graph that names none, whatever does.

    `assigned` are the nodes of variables and tables that the model itself writes to.
    """
    body = saved.program.main
    wanted = list(saved.initializers) or [name for name, node in body.nodes.items() if node.op in FILLING]
    kept, lowering.problems = lowering.problems, Problems()
    try:
        lowering.tables.written = frozenset(_tables(lowering, body, given, assigned))
        for name, (keys, values) in saved.tables.items():
            for table in _tables(lowering, body, given, [name]):
                lowering.tables.fill(table, keys.numpy(), values.numpy())
        _fill(lowering, body, given, wanted, 0)
    except OpError as error:
        lowering.problems.add(str(error), Origin())
    finally:
        lowering.tables.problems = tuple(lowering.problems.found)
        lowering.problems = kept


def _tables(
    lowering: Lowering, body: Body, given: Mapping[str, tuple[Operand, ...]], names: Iterable[str]
) -> Iterator[Table]:
    """The tables that nodes make."""
    for name in names:
        if "HashTable" in body.nodes[name].op:
            for operand in lowering.run(body, given, [name])[name]:
                if isinstance(operand, Table):
                    yield operand


def _fill(
    lowering: Lowering, body: Body, given: Mapping[str, tuple[Operand, ...]], names: Iterable[str], depth: int
) -> None:
    for node in reached(body, names):
        if node.op not in (*FILLING, *_CALLS) or depth > _DEEPEST:
            continue
        function = node.attrs.get("f")
        inner = lowering.program.functions.get(function.name) if isinstance(function, Function) else None
        if inner is not None and not _fills(lowering, inner, depth):
            continue
        values = lowering.run(body, given, [ref.node for ref in node.inputs])
        operands = [lowering.read(body, values, ref) for ref in node.inputs]
        if inner is None:
            lowering.node(node, operands)
        else:
            arguments = zip(inner.arguments, operands, strict=False)
            _fill(lowering, inner, {each.name: (operand,) for each, operand in arguments}, inner.nodes, depth + 1)


def _fills(lowering: Lowering, body: Body, depth: int) -> bool:
    """Whether something in a function, or in those that it calls, fills tables."""
    for node in body.nodes.values():
        if node.op in FILLING:
            return True
        function = node.attrs.get("f") if node.op in _CALLS and depth < _DEEPEST else None
        inner = lowering.program.functions.get(function.name) if isinstance(function, Function) else None
        if inner is not None and _fills(lowering, inner, depth + 1):
            return True
    return False
