"""Functions of each element, and activations."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.recipes import activations, integers
from totfjs.recipes import complex_functions as functions
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import clamp, elementwise, maximum, sign
from totfjs.recipes.special import exponential
from totfjs.recipes.special.error import erf, erfc
from totfjs.sources.tensorflow.ops.kinds import Recipe, by_kind, floats, same, tell
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _itself(x: Tensor) -> Tensor:
    return x


def _rectified(x: Tensor) -> Tensor:
    return maximum(x, x.builder.like(x, 0))


def _leaky(use: Use) -> Operand:
    tell(use, use.text("T", "float32"))
    return activations.leaky_relu(use.tensor(0), use.attr("alpha", 0.2))


def _negative(x: Complex) -> Complex:
    return Complex(*(elementwise("Neg", part) for part in x))


def _clipped(use: Use) -> Operand:
    tell(use, use.text("T", "float32"))
    return clamp(*use.tensors)


def _unsigned_sign(x: Tensor) -> Tensor:
    return integers.number(elementwise("NotEqual", x, x.builder.like(x, 0)))


def _square(x: Tensor) -> Tensor:
    return integers.multiply(x, x)


# What TensorFlow.js computes as it is, and the recipe for complex numbers.
_FUNCTIONS: dict[str, tuple[str | Recipe, Recipe | None]] = {
    "Exp": ("Exp", functions.exp),
    "Expm1": ("Expm1", functions.expm1),
    "Log": ("Log", functions.log),
    "Log1p": (exponential.log1p, functions.log1p),
    "Sqrt": ("Sqrt", functions.sqrt),
    "Rsqrt": ("Rsqrt", functions.rsqrt),
    "Reciprocal": ("Reciprocal", functions.reciprocal),
    "Inv": ("Reciprocal", functions.reciprocal),
    "Sin": (exponential.sine, functions.sin),
    "Cos": (exponential.cosine, functions.cos),
    "Tan": ("Tan", functions.tan),
    "Asin": ("Asin", functions.asin),
    "Acos": ("Acos", functions.acos),
    "Atan": ("Atan", functions.atan),
    "Sinh": ("Sinh", functions.sinh),
    "Cosh": ("Cosh", functions.cosh),
    "Tanh": ("Tanh", functions.tanh),
    "Asinh": (exponential.area_sine, functions.asinh),
    "Acosh": ("Acosh", functions.acosh),
    "Atanh": ("Atanh", functions.atanh),
    "Sigmoid": ("Sigmoid", functions.logistic),
    "Erf": (erf, None),
    "Erfc": (erfc, None),
    "Floor": ("Floor", None),
    "Ceil": ("Ceil", None),
    "Rint": ("Round", None),
    "IsNan": ("IsNan", None),
    "IsInf": ("IsInf", None),
    "IsFinite": ("IsFinite", None),
    "Elu": ("Elu", None),
    "Selu": ("Selu", None),
    "Softplus": ("Softplus", None),
    "Softsign": (activations.softsign, None),
}

OPS: dict[str, Row] = {
    **{name: floats(*recipes) for name, recipes in _FUNCTIONS.items()},
    "Neg": by_kind(same("Neg"), integers.opposite, complexes=_negative),
    "Abs": by_kind(same("Abs"), integers.absolute),
    "Sign": by_kind(exponential.sign, sign, _unsigned_sign, functions.sign, wraps=False),
    "Square": by_kind(same("Square"), _square, _square, functions.square),
    "Round": floats("Round"),
    "Relu": by_kind(_rectified, _rectified, _itself, wraps=False),
    "Relu6": by_kind(activations.relu6, activations.relu6, wraps=False),
    "LeakyRelu": Op(_leaky),
    "ClipByValue": Op(_clipped),
}
