"""Arithmetic and functions of each complex element, and changes of dtype."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.recipes import complex as recipes
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.primitives import rules
from totfjs.sources.jax.primitives.complexes.movement import real_equation


def conj(eqn: Equation, x: Tensor | Complex) -> Complex:
    """The conjugate, of real numbers as well."""
    return recipes.conjugate(x if isinstance(x, Complex) else recipes.from_real(x))


def convert(eqn: Equation, x: Tensor | Complex) -> Tensor | Complex:
    """Between complex and real numbers, whose imaginary part is 0; as a bool, whether any part is not."""
    if isinstance(x, Complex) and eqn.output.complex:
        return x
    if isinstance(x, Complex) and eqn.output.dtype == "bool":
        return elementwise("LogicalOr", *(elementwise("NotEqual", part, part.builder.like(part, 0)) for part in x))
    converted = rules()["convert_element_type"](real_equation(eqn), x.real if isinstance(x, Complex) else x)
    assert isinstance(converted, Tensor)
    return recipes.from_real(converted) if eqn.output.complex else converted


RULES: dict[str, Rule] = {
    "complex": lambda eqn, real, imag: Complex(real, imag),
    "real": lambda eqn, x: x.real,
    "imag": lambda eqn, x: x.imag,
    "conj": conj,
    "convert_element_type": convert,
    "mul": lambda eqn, a, b: recipes.multiply(a, b),
}
