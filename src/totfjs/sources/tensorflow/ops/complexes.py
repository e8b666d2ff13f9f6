"""Complex numbers from their parts, and their parts from them."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.recipes import complex as pairs
from totfjs.recipes import complex_functions as functions
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.fields import shape_of
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.tensorflow.ops.kinds import by_kind
from totfjs.sources.tensorflow.ops.op import Row


def _joined(real: Tensor, imag: Tensor) -> Complex:
    shape = broadcast_shapes(real.shape, imag.shape)
    return Complex(broadcast_to(real, shape), broadcast_to(imag, shape))


def _real(x: Complex) -> Tensor:
    return broadcast_to(x.real, shape_of(x))


def _imaginary(x: Complex) -> Tensor:
    return broadcast_to(x.imag, shape_of(x))


def _angle(x: Complex) -> Tensor:
    return elementwise("Atan2", x.imag, x.real)


OPS: dict[str, Row] = {
    "Complex": by_kind(_joined),
    "Real": by_kind(complexes=_real),
    "Imag": by_kind(complexes=_imaginary),
    "Angle": by_kind(complexes=_angle),
    "ComplexAbs": by_kind(complexes=functions.modulus),
    "Conj": by_kind(complexes=pairs.conjugate),
}
