"""Sums of products of complex numbers, as four of their parts: three would lose digits where these cancel."""

from __future__ import annotations

from dataclasses import replace

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.jax.equation import Aval, ComplexRule, Equation
from totfjs.sources.jax.primitives.complexes.elementwise import as_float
from totfjs.sources.jax.primitives.complexes.movement import real_rule


def product(eqn: Equation, a: Tensor | Complex, b: Tensor | Complex) -> Tensor | Complex:
    """A contraction or a convolution; one side, or the result, may be real."""
    left, right = (_parts(eqn, index, x) for index, x in enumerate((a, b)))
    table = [[_real(eqn, x, y) for y in right] for x in left]
    real = table[0][0] if min(len(left), len(right)) == 1 else elementwise("Sub", table[0][0], table[1][1])
    if not eqn.output.complex:
        return real
    cross = [part for i, row in enumerate(table) for j, part in enumerate(row) if i + j == 1]
    imag = elementwise("AddV2", *cross) if len(cross) == 2 else cross[0] if cross else elementwise("ZerosLike", real)
    return Complex(real, imag)


def _parts(eqn: Equation, index: int, x: Tensor | Complex) -> list[Tensor]:
    """Both parts of an operand, or a real one, as float32."""
    if isinstance(x, Complex):
        return list(x)
    return [as_float(eqn, index, x)]


def _real(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    inputs = tuple(Aval("float32", aval.shape) for aval in eqn.inputs)
    return real_rule(replace(eqn, inputs=inputs, outputs=(Aval("float32", eqn.output.shape),)), a, b)


RULES: dict[str, ComplexRule] = dict.fromkeys(("dot_general", "conv_general_dilated"), product)
