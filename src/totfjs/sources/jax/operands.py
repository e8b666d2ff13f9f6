"""What a variable of a jaxpr stands for while it is lowered, and how complex ones come apart and together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Value
from totfjs.recipes.complex import Complex
from totfjs.sources.jax.dtypes import PARTS, join
from totfjs.sources.jax.equation import Aval, parts_of_aval
from totfjs.sources.jax.fold import known_tensor

# A value under construction, a `Complex` which is a pair of them, or an array (or random keys) that is known now.
Operand: TypeAlias = "Tensor | np.ndarray | Any"


def built(operand: Operand) -> TypeGuard[Tensor | Complex]:
    """Whether an operand is made by the graph rather than known now."""
    return isinstance(operand, Tensor | Complex)


def values_of(operand: Operand) -> tuple[Value, ...]:
    """The values of the graph that an operand is: none if it is known, two if it is complex."""
    if isinstance(operand, Complex):
        return operand.real.value, operand.imag.value
    return (operand.value,) if isinstance(operand, Tensor) else ()


def in_graph(builder: Builder, operand: Operand, aval: Aval) -> Tensor | Complex:
    """An operand as what rules take; known arrays become constants."""
    if built(operand):
        return operand
    if not aval.complex:
        return known_tensor(builder, operand, aval)
    real, imag = (known_tensor(builder, *pair) for pair in apart([operand], [aval]))
    return Complex(real, imag)


def apart(operands: Iterable[Operand], avals: Iterable[Aval]) -> Iterator[tuple[Operand, Aval]]:
    """Operands and their types, with the parts of complex ones in their places."""
    for operand, aval in zip(operands, avals, strict=True):
        parts = [getattr(operand, part) for part in PARTS] if aval.complex else [operand]
        yield from zip(parts, parts_of_aval(aval), strict=True)


def together(builder: Builder, parts: Sequence[Operand], avals: Iterable[Aval]) -> list[Operand]:
    """Operands from parts in the places of complex ones."""
    rest = iter(parts)
    return [_joined(builder, next(rest), next(rest), aval) if aval.complex else next(rest) for aval in avals]


def _joined(builder: Builder, real: Any, imag: Any, aval: Aval) -> Operand:
    if not built(real) and not built(imag):
        return join([real, imag], aval.dtype)
    pairs = zip((real, imag), parts_of_aval(aval), strict=True)
    return Complex(*(part if isinstance(part, Tensor) else known_tensor(builder, part, kind) for part, kind in pairs))
