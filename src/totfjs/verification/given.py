"""Arrays that a user gives, fitted to the inputs and outputs of a model: by name or order, dtype, and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.dims import Size, evaluate, symbol
from totfjs.graph.types import DType, TensorType

Arrays = Mapping[str, np.ndarray]
# Inputs of a model beyond which no other order than the given one is looked at.
_MANY = 6
# The kinds of numpy's dtypes whose values an input of each dtype may hold.
_TAKEN = {
    DType.FLOAT32: "fiub",
    DType.INT32: "iufb",
    DType.BOOL: "biuf",
    DType.COMPLEX64: "cf",
    DType.STRING: "OSU",
}


@dataclass(frozen=True)
class Given:
    """Arrays by the model's names in its dtypes, what was done to them, and what they say of the dynamic dims.

    `batch` is how many examples the model takes at once, where these are more.
    """

    arrays: Arrays
    sizes: Mapping[str, int]
    notes: tuple[str, ...] = ()
    batch: int | None = None


def fitted_inputs(types: Mapping[str, TensorType], arrays: Arrays) -> Given:
    """The arrays as inputs of a model."""
    named = matched(types, arrays, "inputs")
    batch = _fixed_batch(types, named)
    found = {name: as_dtype(name, array, types[name].dtype) for name, array in named.items()}
    notes = tuple(
        f"The input {name} is given as {named[name].dtype}, and runs as {array.dtype}."
        for name, array in found.items()
        if array.dtype != named[name].dtype and array.dtype.kind != "O"
    )
    return Given(found, _sizes(types, found, batch), notes, batch)


def matched(types: Mapping[str, TensorType], arrays: Arrays, what: str) -> dict[str, np.ndarray]:
    """The arrays by the model's names: as they are called, or in the only order in which their shapes fit."""
    if set(types) <= set(arrays):
        extra = [name for name in arrays if name not in types]
        if extra:
            raise _unlike(types, arrays, what)
        return {name: arrays[name] for name in types}
    if len(types) != len(arrays) or set(types) & set(arrays):
        raise _unlike(types, arrays, what)
    numbered = all(name.removeprefix("arr_").isdigit() for name in arrays)  # numpy.savez without names
    orders = [tuple(arrays)] if numbered or len(arrays) > _MANY else permutations(arrays)
    fitting = list(islice((order for order in orders if _fit(types, [arrays[name] for name in order])), 2))
    if len(fitting) != 1:
        raise _unlike(types, arrays, what)
    return {name: arrays[given] for name, given in zip(types, fitting[0], strict=True)}


def _fit(types: Mapping[str, TensorType], arrays: Sequence[np.ndarray]) -> bool:
    """Whether arrays may be the named ones, in this order; batches of a fixed size may be several."""
    for kind, array in zip(types.values(), arrays, strict=True):
        if len(kind.shape) != array.ndim or (array.dtype.kind in "OSU") != (kind.dtype is DType.STRING):
            return False
        for axis, (size, have) in enumerate(zip(kind.shape, array.shape, strict=True)):
            if isinstance(size, int) and have != size and (axis or not size or have % size):
                return False
    return True


def as_dtype(name: str, array: np.ndarray, dtype: DType) -> np.ndarray:
    """The array in the dtype of an input, where that keeps its values; 64-bit floats become the nearest 32-bit ones."""
    if array.dtype.kind not in _TAKEN.get(dtype, ""):
        raise _other_dtype(name, array, dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        found = array.astype(object if dtype is DType.STRING else dtype.numpy)
    if dtype is DType.FLOAT32:
        same = np.array_equal(np.isfinite(found), np.isfinite(array))
    else:
        same = dtype in (DType.COMPLEX64, DType.STRING) or np.array_equal(found, array)
    if not same:
        raise _other_dtype(name, array, dtype)
    return found


def _other_dtype(name: str, array: np.ndarray, dtype: DType) -> UsageError:
    return UsageError(
        f"The input {name} is {dtype.value}; the {array.dtype} values that are given for it are not.",
        remedy=f"Save the array as {dtype.value}, as in array.astype({dtype.value!r}).",
    )


def _fixed_batch(types: Mapping[str, TensorType], arrays: Arrays) -> int | None:
    """The size of a fixed batch of which several are given."""
    pairs = [(types[name].shape, array.shape) for name, array in arrays.items() if array.ndim]
    fixed = {want[0] for want, have in pairs if want and isinstance(want[0], int) and have[0] != want[0]}
    counts = {have[0] for want, have in pairs if want and want[0] in fixed}
    size = next(iter(fixed), None)
    return size if isinstance(size, int) and size and len(fixed) == len(counts) == 1 else None


def _sizes(types: Mapping[str, TensorType], arrays: Arrays, batch: int | None) -> dict[str, int]:
    """The sizes of the dynamic dims; raises where an array has not the shape of its input."""
    sizes: dict[str, int] = {}
    for name, array in arrays.items():
        shape = types[name].shape
        if len(shape) != array.ndim or not all(
            _holds(size, have, sizes) or (axis == 0 and size == batch)
            for axis, (size, have) in enumerate(zip(shape, array.shape, strict=True))
        ):
            raise UsageError(
                f"The input {name} is {types[name]}; the array that is given for it has the shape "
                f"{list(array.shape)}{_where(sizes)}.",
                remedy="Give an array of that shape.",
            )
    return sizes


def _holds(size: Size, have: int, sizes: dict[str, int]) -> bool:
    """Whether a dim may be of a size; a symbol takes the first that it meets."""
    if isinstance(size, int):
        return size == have
    names = sorted(size.symbols)
    if len(names) == 1 and size == symbol(names[0]):
        return sizes.setdefault(names[0], have) == have
    return not set(names) <= sizes.keys() or evaluate(size, sizes) == have


def _where(sizes: Mapping[str, int]) -> str:
    return f", where {', '.join(f'{name} is {size}' for name, size in sizes.items())}" if sizes else ""


def _unlike(types: Mapping[str, TensorType], arrays: Arrays, what: str) -> UsageError:
    found = ", ".join(f"{name}: {array.dtype}{list(array.shape)}" for name, array in arrays.items())
    return UsageError(
        f"The arrays do not fit the {what} of the model. It has "
        f"{', '.join(f'{name}: {kind}' for name, kind in types.items()) or 'none'}; the arrays are {found or 'none'}.",
        remedy=f"Save these arrays by the model's names, as in numpy.savez(file, {next(iter(types), 'name')}=array).",
    )
