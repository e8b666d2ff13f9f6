"""Values that depend on weights alone: JAX can compute them when they are written, if nothing else can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import Aval
from totfjs.weights.array import Array, Deferred, Mapped, as_array


@dataclass(frozen=True, slots=True)
class Fixed:
    """The module that a value belongs to, and how to compute it in JAX."""

    scope: str
    compute: Callable[[], Any]

    def row(self, index: int) -> Fixed:
        """One row of it."""
        return Fixed(self.scope, lambda: self.compute()[index])

    def part(self, name: str) -> Fixed:
        """The real or the imaginary part of it."""
        return Fixed(self.scope, lambda: getattr(np.asarray(self.compute()), name))


def computed(equation: Any, operands: Sequence[Callable[[], Any]]) -> Callable[[int], Callable[[], Any]]:
    """For each result of an equation, the function that computes it."""

    def result(index: int) -> Callable[[], Any]:
        return lambda: np.asarray(_compat.evaluate_equation(equation, [operand() for operand in operands])[index])

    return result


def array_of(leaf: Any, aval: Aval | None = None) -> Array:
    """A weight, or with its type a computation of one, as a lazy array."""
    return as_array(leaf) if aval is None else Deferred(np.dtype(aval.dtype), aval.sizes, leaf)


def held(array: Array) -> Array:
    """An array as the graph holds it: uint32 as its bits in int32."""
    if array.dtype.name != "uint32":
        return array
    return Deferred(np.dtype(np.int32), array.shape, lambda: array.numpy().view(np.int32), ("bits", array.key))


def parts(array: Array) -> list[Array]:
    """The real and the imaginary part of a complex array."""
    return [Mapped(array, part, np.float32) for part in (_real, _imag)]


def _real(piece: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(piece.real)


def _imag(piece: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(piece.imag)
