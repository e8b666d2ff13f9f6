"""Values that are known while a module is read: numbers and vectors which say how large things are.

They are numpy arrays; those with symbolic dims hold Python numbers and JAX's dims as objects, and in vectors of indices
numbers that the model computes. What cannot be decided about them raises `UndecidedError`: the model computes it then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.sources.stablehlo import _compat
from totfjs.sources.stablehlo.types import numpy_dtype

if TYPE_CHECKING:
    from totfjs.sources.stablehlo.operation import Op

# Larger arrays are left to the model.
MOST = 64


class UndecidedError(Exception):
    """A question about symbolic dims that has no one answer, or an operation that is not computed here."""


def is_known(value: Any) -> bool:
    """Whether a value is a number or small vector of integers or truths that is known now."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "iubO" and value.size <= MOST


def scalar(dim: Any) -> np.ndarray:
    """A size as a known value."""
    if isinstance(dim, int | np.integer):
        return np.asarray(dim, np.int32)
    found = np.empty((), object)
    found[()] = dim
    return found


def sizes(value: Any) -> tuple[Any, ...]:
    """The sizes in a known vector; raises UndecidedError when it is not known."""
    if not is_known(value) or not all(map(_is_size, value.reshape(-1).tolist())):
        raise UndecidedError("a shape depends on data")
    return tuple(each if _compat.is_dim(each) else int(each) for each in value.reshape(-1).tolist())


def join(parts: Sequence[Any]) -> np.ndarray | None:
    """Short vectors of int32 as one, known and computed ones together; None when there is nothing to gain."""
    import jax

    short = all(np.ndim(part) == 1 and part.dtype in (object, np.int32) and np.shape(part)[0] == 1 for part in parts)
    if not short or not 1 < len(parts) <= MOST or not any(map(is_known, parts)):
        return None
    found = np.empty(len(parts), object)
    for place, part in enumerate(parts):
        found[place] = part[0] if isinstance(part, np.ndarray) else jax.lax.squeeze(part, (0,))
    return found


def _is_size(each: Any) -> bool:
    return _compat.is_dim(each) or isinstance(each, int | np.integer)


def compute(op: Op, operands: Sequence[Any]) -> np.ndarray:
    """The result of an operation on known operands; raises UndecidedError when it is not computed here."""
    function = FUNCTIONS.get(op.name)
    if function is None:
        raise UndecidedError(op.name)
    if any(operand.dtype == object for operand in operands):
        operands = [operand.astype(object) for operand in operands]
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(function(op, *operands))
    except (_compat.inconclusive(), TypeError) as error:
        raise UndecidedError(str(error)) from error
    return _settled(found, op.types[0].dtype)


def _settled(found: np.ndarray, dtype: str) -> np.ndarray:
    """The dtype of the module, unless dims are symbolic."""
    if found.dtype == object and not all(isinstance(each, int | np.integer) for each in found.reshape(-1).tolist()):
        return found
    if found.dtype == object:  # beyond the range of its dtype a number wraps
        found = found.astype(np.int64)
    return found.astype(numpy_dtype(dtype))


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of single elements, for arrays."""

    def mapped(*xs: Any) -> np.ndarray:
        spread = np.broadcast_arrays(*xs)
        found = np.empty(spread[0].shape, object)
        for place in np.ndindex(found.shape):
            found[place] = function(*(x[place] for x in spread))
        return found

    return mapped


def _known_sign(a: Any, positive: Any, zero: Any, negative: Any) -> Any:
    """One of three by the sign of a dim."""
    if not _compat.is_dim(a):
        return positive if a > 0 else negative if a < 0 else zero
    if a >= 1:
        return positive
    if a <= -1:
        return negative
    raise UndecidedError("a sign")


def _order(a: Any, b: Any) -> int:
    """The sign of a difference."""
    return int(_known_sign(a - b, 1, 0, -1))


def _at_least(a: Any, b: Any) -> bool:
    """`a >= b`, which may be decided where `a == b` is not."""
    return bool(a >= b)


def _divide(a: Any, b: Any) -> Any:
    if b == 0 and not _compat.is_dim(b):
        return -1
    if _at_least(a, 0) and _at_least(b, 1):
        return a // b
    if _compat.is_dim(a) or _compat.is_dim(b):
        raise UndecidedError("a quotient")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: Any, b: Any) -> Any:
    if b == 0 and not _compat.is_dim(b):
        return a
    if _at_least(a, 0) and _at_least(b, 1):
        return a % b
    if _compat.is_dim(a) or _compat.is_dim(b):
        raise UndecidedError("a remainder")
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def _typed(plain: Callable[..., Any], objects: Callable[..., Any]) -> Callable[..., Any]:
    """One function for arrays of numbers, one for elements that are dims."""
    by_element = _each(objects)
    return lambda op, *xs: by_element(*xs) if xs[0].dtype == object else plain(*xs)


_COMPARE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "LT": (np.less, lambda a, b: not _at_least(a, b)),
    "GE": (np.greater_equal, _at_least),
    "GT": (np.greater, lambda a, b: not _at_least(b, a)),
    "LE": (np.less_equal, lambda a, b: _at_least(b, a)),
    "EQ": (np.equal, lambda a, b: _order(a, b) == 0),
    "NE": (np.not_equal, lambda a, b: _order(a, b) != 0),
}


def _compare(op: Op, a: np.ndarray, b: np.ndarray) -> Any:
    plain, objects = _COMPARE[op.text("comparison_direction")]
    if a.dtype == object:
        return _each(objects)(a, b).astype(bool)
    if op.text("compare_type") == "TOTALORDER" and a.dtype.kind not in "iub":
        a, b = _ordered(a), _ordered(b)
    return plain(a, b)


def _ordered(x: np.ndarray) -> np.ndarray:
    """Floats as integers in their total order."""
    bits = x.view(f"i{x.dtype.itemsize}").astype(np.int64)
    return np.where(bits < 0, np.int64(-1) - (bits & ((1 << (8 * x.dtype.itemsize - 1)) - 1)), bits)


def _select(op: Op, which: np.ndarray, a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype == object:
        return _each(lambda chosen, x, y: x if chosen else y)(which, a, b)
    return np.where(which.astype(bool), a, b)


def _broadcast(op: Op, x: np.ndarray) -> Any:
    shape = op.types[0].shape
    if any(size is None for size in shape):
        raise UndecidedError("a shape")
    spread = [1] * len(shape)
    for axis, size in zip(op.integers("broadcast_dimensions"), x.shape, strict=True):
        spread[axis] = size
    return np.broadcast_to(x.reshape(spread), shape)  # type: ignore[arg-type]


def _slice(op: Op, x: np.ndarray) -> Any:
    bounds = (op.integers(name) for name in ("start_indices", "limit_indices", "strides"))
    return x[tuple(slice(*each) for each in zip(*bounds, strict=True))]


def _convert(op: Op, x: np.ndarray) -> Any:
    wanted = numpy_dtype(op.types[0].dtype)
    if x.dtype == object and wanted.kind not in "iu":
        raise UndecidedError("a conversion")
    return x if x.dtype == object else x != 0 if wanted.kind == "b" else x.astype(wanted)


def _of_bools(plain: Callable[..., Any], truths: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: truths(a, b) if a.dtype.kind == "b" else plain(a, b)


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "stablehlo.add": _typed(_of_bools(np.add, np.logical_or), lambda a, b: a + b),
        "stablehlo.subtract": _typed(np.subtract, lambda a, b: a - b),
        "stablehlo.multiply": _typed(_of_bools(np.multiply, np.logical_and), lambda a, b: a * b),
        "stablehlo.maximum": _typed(np.maximum, lambda a, b: _compat.larger(a, b)),
        "stablehlo.minimum": _typed(np.minimum, lambda a, b: _compat.smaller(a, b)),
        "stablehlo.divide": lambda op, a, b: _each(_divide)(a.astype(object), b.astype(object)),
        "stablehlo.remainder": lambda op, a, b: _each(_remainder)(a.astype(object), b.astype(object)),
        "stablehlo.negate": _typed(np.negative, lambda a: -a),
        "stablehlo.abs": _typed(np.abs, lambda a: _known_sign(a, a, 0, -a)),
        "stablehlo.sign": _typed(np.sign, lambda a: _known_sign(a, 1, 0, -1)),
        "stablehlo.and": _typed(np.bitwise_and, lambda a, b: bool(a) and bool(b)),
        "stablehlo.or": _typed(np.bitwise_or, lambda a, b: bool(a) or bool(b)),
        "stablehlo.xor": _typed(np.bitwise_xor, lambda a, b: bool(a) != bool(b)),
        "stablehlo.not": _typed(np.invert, lambda a: not a),
        "stablehlo.compare": _compare,
        "stablehlo.select": _select,
        "stablehlo.convert": _convert,
        "stablehlo.reshape": lambda op, x: x.reshape(op.types[0].shape),
        "stablehlo.concatenate": lambda op, *xs: np.concatenate(xs, op.integer("dimension")),
        "stablehlo.broadcast_in_dim": _broadcast,
        "stablehlo.slice": _slice,
        "stablehlo.clamp": lambda op, low, x, high: _clamp(low, x, high),
        "stablehlo.optimization_barrier": lambda op, x: x,
    }
)


def _clamp(low: np.ndarray, x: np.ndarray, high: np.ndarray) -> Any:
    if x.dtype != object:
        return np.minimum(np.maximum(x, low), high)
    return _each(_clamped)(x, low, high)


def _clamped(x: Any, low: Any, high: Any) -> Any:
    import jax

    if _is_size(x):
        return _compat.smaller(_compat.larger(x, low), high)
    return jax.lax.clamp(*(jax.numpy.asarray(each, np.int32) for each in (low, x, high)))
