"""Arithmetic and functions of each complex element, and changes of dtype."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes import complex as recipes
from totfjs.recipes import complex_functions as functions
from totfjs.recipes.complex import Complex
from totfjs.sources.jax.equation import Aval, ComplexRule, Equation
from totfjs.sources.jax.primitives.complexes.movement import real_equation, real_rule


def conj(eqn: Equation, x: Tensor | Complex) -> Complex:
    """The conjugate, of real numbers as well."""
    return recipes.conjugate(x if isinstance(x, Complex) else recipes.from_real(x))


def convert(eqn: Equation, x: Tensor | Complex) -> Tensor | Complex:
    """Between complex and real numbers, whose imaginary part is 0; what is not complex is made of the real part."""
    if isinstance(x, Complex) and eqn.output.complex:
        return x
    converted = real_rule(real_equation(eqn), x.real if isinstance(x, Complex) else x)
    return recipes.from_real(converted) if eqn.output.complex else converted


def as_float(eqn: Equation, index: int, x: Tensor) -> Tensor:
    """A real operand as float32."""
    aval = eqn.inputs[index]
    target = Aval("float32", aval.shape)
    return real_rule(Equation(eqn.builder, "convert_element_type", {}, (aval,), (target,)), x)


def power(eqn: Equation, x: Complex, y: Tensor | Complex) -> Complex:
    """A power; the exponent may be an integer."""
    return functions.power(x, y if isinstance(y, Complex) else recipes.from_real(as_float(eqn, 1, y)))


def integer_power(eqn: Equation, x: Complex) -> Complex:
    """A constant integer power by squaring."""
    power = int(eqn.params["y"])
    if not power:
        return recipes.from_real(x.real.builder.const(np.ones((1,) * x.real.rank, np.float32)))
    found = x
    for bit in f"{abs(power):b}"[1:]:
        found = functions.square(found)
        found = recipes.multiply(found, x) if bit == "1" else found
    return functions.reciprocal(found) if power < 0 else found


def _of_operands(function: Callable[..., Complex | Tensor]) -> ComplexRule:
    return lambda eqn, *xs: function(*xs)


_FUNCTIONS: dict[str, Callable[..., Complex | Tensor]] = {
    "complex": Complex,
    "mul": recipes.multiply,
    "div": recipes.divide,
    "eq": recipes.equal,
    "ne": recipes.unequal,
    "abs": functions.modulus,
    "acos": functions.acos,
    "acosh": functions.acosh,
    "asin": functions.asin,
    "asinh": functions.asinh,
    "atan": functions.atan,
    "atanh": functions.atanh,
    "cos": functions.cos,
    "cosh": functions.cosh,
    "exp": functions.exp,
    "exp2": functions.exp2,
    "expm1": functions.expm1,
    "log": functions.log,
    "log1p": functions.log1p,
    "logistic": functions.logistic,
    "rsqrt": functions.rsqrt,
    "sign": functions.sign,
    "sin": functions.sin,
    "sinh": functions.sinh,
    "sqrt": functions.sqrt,
    "square": functions.square,
    "tan": functions.tan,
    "tanh": functions.tanh,
}

RULES: dict[str, ComplexRule] = {
    **{name: _of_operands(function) for name, function in _FUNCTIONS.items()},
    "real": lambda eqn, x: x.real,
    "imag": lambda eqn, x: x.imag,
    "conj": conj,
    "convert_element_type": convert,
    "integer_pow": integer_power,
    "pow": power,
}
