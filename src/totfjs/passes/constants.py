"""Constants as passes see them: small ones by value, large ones as arrays that are computed when they are written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from totfjs.graph.builder import VISIBLE
from totfjs.graph.dims import Shape
from totfjs.weights.array import Array, Deferred, Dense

# Constants up to this size are read to decide something, and computed ones are kept in memory.
READABLE = VISIBLE
# Constants of more elements than this are not stored a second time under another layout.
DEAR = 1 << 18


def computed(
    shape: Sequence[int], what: Hashable, function: Callable[..., np.ndarray], *sources: Array, narrower: str = ""
) -> Array:
    """`function` of other constants, with the dtype of the first; computed when it is written unless it is small.

    `what` names the function together with its parameters, so that equal results have equal keys. `narrower` is a
    smaller dtype of which the results are values.
    """
    dtype = sources[0].dtype

    def values() -> np.ndarray:
        return np.ascontiguousarray(function(*(source.numpy() for source in sources)), dtype)

    if max(int(np.prod(shape)), *(source.size for source in sources)) <= READABLE:
        return Dense(values())
    return Deferred(dtype, shape, values, key=(what, *(source.key for source in sources)), narrower=narrower)


class _Whole:
    """The values of a constant, kept from the first of its parts that is taken to the last."""

    def __init__(self, array: Array, count: int) -> None:
        self._array, self._count = array, count
        self._taken: set[int] = set()
        self._values: np.ndarray | None = None

    def take(self, index: int, place: tuple[slice, ...]) -> np.ndarray:
        values = self._array.numpy() if self._values is None else self._values
        self._taken.add(index)
        done = len(self._taken) == self._count
        self._values = None if done else values
        if done:
            self._taken.clear()
        return np.ascontiguousarray(values[place])


def moved(shape: Sequence[int], what: Hashable, function: Callable[..., np.ndarray], array: Array) -> Array:
    """`function` of a constant that gives no values but its own, in other places or fewer of them."""
    return computed(shape, what, function, array, narrower=array.narrower)


def transposed(array: Array, perm: Sequence[int]) -> Array:
    """A constant with its axes in another order."""
    order = tuple(int(axis) for axis in perm)
    shape = [array.shape[axis] for axis in order]
    return moved(shape, ("transposed", order), lambda values: values.transpose(order), array)


def divided(array: Array, axis: int, count: int) -> list[Array]:
    """A constant in equal parts along an axis; read as a whole once for all of them."""
    size = array.shape[axis] // count
    shape = (*array.shape[:axis], size, *array.shape[axis + 1 :])
    whole = _Whole(array, count)

    def part(index: int) -> Array:
        place = (slice(None),) * axis + (slice(index * size, (index + 1) * size),)
        if array.size <= READABLE:
            return Dense(np.ascontiguousarray(array.numpy()[place]))
        key = ("part", axis, index, size, array.key)
        return Deferred(array.dtype, shape, lambda: whole.take(index, place), key, array.narrower)

    return [part(index) for index in range(count)]


def all_equal(values: np.ndarray | None, number: float) -> bool:
    """Whether a constant holds one number only, at least once."""
    return values is not None and values.dtype.kind in "fi" and values.size > 0 and bool((values == number).all())


def scalar(values: np.ndarray | None) -> float | None:
    """The one number that a constant of any shape holds everywhere."""
    if values is None or not values.size or values.dtype.kind not in "fi":
        return None
    first = values.reshape(-1)[0]
    return float(first) if bool((values == first).all()) else None


def channels(values: np.ndarray | None, shape: Shape) -> np.ndarray | None:
    """A constant as one number per channel of a value of `shape`, if it spreads over the last axis and no other."""
    if values is None or values.ndim > len(shape) or not shape or not isinstance(shape[-1], int):
        return None
    if values.size != (values.shape[-1] if values.ndim else 1) or values.size not in (1, shape[-1]):
        return None
    return np.broadcast_to(values.reshape(-1), (shape[-1],))


def vector(array: Array | None, shape: Shape) -> Array | None:
    """A float constant that spreads over the last axis of a value of `shape` alone, as a vector of that length."""
    if array is None or array.dtype != np.float32 or array.ndim > len(shape) or not shape:
        return None
    length = shape[-1]
    if not isinstance(length, int) or array.size != (array.shape[-1] if array.ndim else 1):
        return None
    if array.size == 1 != length:
        return Dense(np.full(length, array.numpy().reshape(()), np.float32))
    if array.size != length:
        return None
    return array if array.ndim == 1 else array.reshape((length,))
