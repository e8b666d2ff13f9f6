"""Functions of complex numbers, accurate to float32 over the plane, with the branch cuts and signed zeros of C99.

Squares of large parts are never taken, and nothing is subtracted that would leave no digits. Formulas are Kahan's
("Branch cuts for complex elementary functions") unless a line says more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex, divide, multiply
from totfjs.recipes.elementwise import clamp, elementwise, maximum, minimum, negate, not_a_number, select
from totfjs.recipes.shapes import reshape
from totfjs.recipes.special.approximation import alike, filled
from totfjs.recipes.special.exponential import area_sine, cosine, sine
from totfjs.recipes.special.exponential import log1p as _log1p

# More dims than this are merged into one.
_RANK = 4


def plane(function: Callable[..., Complex]) -> Callable[..., Complex]:
    """A function whose operands get both parts in one shape, of as few dims as a GPU indexes."""

    def computed(*operands: Complex) -> Complex:
        parts = alike(*(part for x in operands for part in x))
        shape, flat = parts[0].shape, parts
        if len(shape) > _RANK:
            flat = [reshape(part, (-1,)) for part in parts]
        result = function(*(Complex(*flat[at : at + 2]) for at in range(0, len(flat), 2)))
        return Complex(*(reshape(part, shape) for part in result))

    return computed


def modulus(x: Complex) -> Tensor:
    """The distance from 0."""
    large, small = _ordered(x)
    ratio = _ratio(small, large)
    return large * _op("Sqrt", ratio * ratio + 1.0)


@plane
def sign(x: Complex) -> Complex:
    """The number divided by its distance from 0; 0 stays."""
    size = modulus(x)
    still = _op("Equal", size, filled(size, 0.0))
    return Complex(*(select(still, part, part / size) for part in x))


@plane
def sqrt(x: Complex) -> Complex:
    """The root with no negative real part."""
    scale = _scale(x)
    a, b = x.real * scale * scale, x.imag * scale * scale
    size = _op("Abs", a)
    root = _op("Sqrt", (size + modulus(Complex(a, b))) * 0.5)
    other = _ratio(b, root + root)
    right = _op("GreaterEqual", a, filled(a, 0.0))
    real = select(right, root, _op("Abs", other))
    imag = select(right, other, _signed(root, b))
    endless = _op("LogicalAnd", _op("IsInf", x.imag), negate(not_a_number(x.real)))
    far = _op("LogicalAnd", _op("IsInf", x.real), _op("IsFinite", x.imag))
    real = select(far, select(right, _op("Abs", x.real), filled(real, 0.0)), real / scale)
    imag = select(far, _signed(select(right, filled(imag, 0.0), _op("Abs", x.real)), x.imag), imag / scale)
    return Complex(select(endless, _op("Abs", x.imag), real), select(endless, x.imag, imag))


@plane
def rsqrt(x: Complex) -> Complex:
    """One through the root, from distance and angle; of 0 it is ∞ with no imaginary part."""
    size, angle = _op("Rsqrt", modulus(x)), _op("Atan2", x.imag, x.real) * -0.5
    angle = select(_op("IsInf", size), filled(angle, 0.0), angle)
    return Complex(size * cosine(angle), size * sine(angle))


def reciprocal(x: Complex) -> Complex:
    """One through the number."""
    return divide(Complex(filled(x.real, 1.0), filled(x.real, 0.0)), x)


def square(x: Complex) -> Complex:
    """The number times itself."""
    product = x.real * x.imag
    return Complex((x.real - x.imag) * (x.real + x.imag), product + product)


@plane
def exp(x: Complex) -> Complex:
    """The exponential; half of it twice, which may be finite where the whole exponential of the real part is not."""
    half = _op("Exp", x.real * 0.5)
    real, imag = (half * (half * turn(x.imag)) for turn in (cosine, sine))
    return Complex(real, _still(x.imag, imag))


@plane
def expm1(x: Complex) -> Complex:
    """exp(x) - 1, where that is small too."""
    half = sine(x.imag * 0.5)
    whole = exp(x)
    near = _op("Expm1", x.real) * cosine(x.imag) - half * half * 2.0
    close = _op("Less", _op("Abs", x.real), filled(near, 1.0))
    return Complex(select(close, near, whole.real - 1.0), whole.imag)


@plane
def log(x: Complex) -> Complex:
    """The logarithm with an imaginary part from -π to π."""
    large, small = _ordered(x)
    ratio = _ratio(small, large)
    apart = _op("Log", large) + _log1p(ratio * ratio) * 0.5
    near = _log1p((large - 1.0) * (large + 1.0) + small * small) * 0.5
    close = _op("Less", _op("Abs", large - 1.0), filled(large, 0.3))
    return Complex(select(close, near, apart), _op("Atan2", x.imag, x.real))


@plane
def log1p(x: Complex) -> Complex:
    """log(1 + x), where x is small too."""
    whole = log(Complex(x.real + 1.0, x.imag))
    near = _log1p(x.real * (x.real + 2.0) + x.imag * x.imag) * 0.5
    close = _op("Less", maximum(_op("Abs", x.real), _op("Abs", x.imag)), filled(near, 0.5))
    return Complex(select(close, near, whole.real), whole.imag)


@plane
def power(x: Complex, y: Complex) -> Complex:
    """exp(y log x). Anything to the power 0 is 1."""
    found = exp(multiply(y, log(x)))
    zero = filled(x.real, 0.0)
    none = _op("LogicalAnd", _op("Equal", y.real, zero), _op("Equal", y.imag, zero))
    return _where(none, Complex(zero + 1.0, zero), found)


@plane
def sinh(x: Complex) -> Complex:
    """The hyperbolic sine."""
    up, down = _halves(x.real)
    flat = _op("Less", _op("Abs", x.real), filled(x.real, 1.0))
    sin, cos = sine(x.imag), cosine(x.imag)
    real = select(flat, _op("Sinh", x.real) * cos, _times(up, cos) - _times(down, cos))
    return Complex(real, _still(x.imag, _times(up, sin) + _times(down, sin)))


@plane
def cosh(x: Complex) -> Complex:
    """The hyperbolic cosine."""
    up, down = _halves(x.real)
    flat = _op("Less", _op("Abs", x.real), filled(x.real, 1.0))
    sin, cos = sine(x.imag), cosine(x.imag)
    imag = select(flat, _op("Sinh", x.real) * sin, _times(up, sin) - _times(down, sin))
    return Complex(_times(up, cos) + _times(down, cos), _still(x.imag, imag))


@plane
def tanh(x: Complex) -> Complex:
    """The hyperbolic tangent."""
    bounded = clamp(x.real, x.real.builder.const(-44.0), x.real.builder.const(44.0))
    tan = _op("Tan", x.imag)
    slope, rise = tan * tan + 1.0, _op("Sinh", bounded)
    steep = slope * rise
    below = steep * rise + 1.0
    real, imag = steep * _op("Sqrt", rise * rise + 1.0) / below, tan / below
    whole, endless = _op("Tanh", x.real), _op("IsInf", x.real)
    far = _op("Greater", _op("Abs", x.real), filled(real, 20.0))
    real = select(endless, whole, select(far, whole + tan * 0.0, real))
    return Complex(real, _still(x.imag, select(endless, filled(imag, 0.0), imag)))


@plane
def logistic(x: Complex) -> Complex:
    """1 / (1 + exp(-x)), by the exponential that is at most 1."""
    left = _op("Less", x.real, filled(x.real, 0.0))
    imag = select(left, x.imag, _op("Neg", x.imag))
    small = exp(Complex(_op("Neg", _op("Abs", x.real)), imag))
    share = reciprocal(Complex(small.real + 1.0, small.imag))
    return _where(left, multiply(small, share), share)


@plane
def acos(x: Complex) -> Complex:
    """The inverse cosine."""
    above, below = _roots(x)
    half = _op("Atan2", below.real, above.real)
    near = area_sine(above.real * below.imag - above.imag * below.real)
    huge, angle = _huge(x), _op("Atan2", _op("Abs", x.imag), x.real)
    distance = select(huge, _far(x), _op("Abs", near))
    return Complex(select(huge, angle, half + half), _op("Neg", _signed(distance, x.imag)))


@plane
def asin(x: Complex) -> Complex:
    """The inverse sine."""
    above, below = _roots(x)
    real = _op("Atan2", x.real, above.real * below.real - above.imag * below.imag)
    near = area_sine(below.real * above.imag - below.imag * above.real)
    huge, angle = _huge(x), _op("Atan2", x.real, _op("Abs", x.imag))
    distance = select(huge, _far(x), _op("Abs", near))
    return Complex(select(huge, angle, real), _signed(distance, x.imag))


@plane
def acosh(x: Complex) -> Complex:
    """The inverse hyperbolic cosine."""
    found = acos(x)
    return Complex(_op("Abs", found.imag), _signed(found.real, x.imag))


@plane
def atanh(x: Complex) -> Complex:
    """The inverse hyperbolic tangent."""
    a, b = _op("Abs", x.real), x.imag
    apart = 1.0 - a
    real = _log1p(a * 4.0 / (apart * apart + b * b)) * 0.25
    imag = _op("Atan2", b + b, apart * (a + 1.0) - b * b) * 0.5
    large, small = _ordered(x)
    ratio = _ratio(small, large)
    far = _op("Greater", large, filled(large, 1e9))
    real = select(far, _ratio(a, large) / (large * (ratio * ratio + 1.0)), real)
    imag = select(far, _signed(filled(imag, np.pi / 2), b), imag)
    return Complex(_signed(real, x.real), imag)


def _turned(function: Callable[[Complex], Complex]) -> Callable[[Complex], Complex]:
    """f(i x) / i."""

    def computed(x: Complex) -> Complex:
        found = function(Complex(_op("Neg", x.imag), x.real))
        return Complex(found.imag, _op("Neg", found.real))

    return computed


sin = _turned(sinh)
tan = _turned(tanh)
asinh = _turned(asin)
atan = _turned(atanh)


def cos(x: Complex) -> Complex:
    """The cosine."""
    return cosh(Complex(_op("Neg", x.imag), x.real))


def exp2(x: Complex) -> Complex:
    """2 to the power x."""
    factor = Complex(*(x.real.builder.const(value) for value in (np.float32(np.log(2)), np.float32(0))))
    return exp(multiply(x, factor))


def _roots(x: Complex) -> tuple[Complex, Complex]:
    """The roots of 1 + x and 1 - x."""
    return sqrt(Complex(x.real + 1.0, x.imag)), sqrt(Complex(1.0 - x.real, _op("Neg", x.imag)))


def _huge(x: Complex) -> Tensor:
    """Where products of roots overflow."""
    return _op("Greater", _ordered(x)[0], filled(x.real, 1e18))


def _far(x: Complex) -> Tensor:
    """The logarithm of twice the distance from 0."""
    large, small = _ordered(x)
    ratio = _ratio(small, large)
    return _op("Log", large) + _log1p(ratio * ratio) * 0.5 + float(np.log(2))


def _where(condition: Tensor, yes: Complex, no: Complex) -> Complex:
    return Complex(*(select(condition, *pair) for pair in zip(yes, no, strict=True)))


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """exp(x / 2) and exp(-x / 2)."""
    return _op("Exp", x * 0.5), _op("Exp", x * -0.5)


def _times(half: Tensor, factor: Tensor) -> Tensor:
    """Half of the square of `half`, times a factor that may keep it finite; 0 stays 0."""
    return half * (half * factor * 0.5)


def _still(x: Tensor, found: Tensor) -> Tensor:
    """On the real axis the imaginary part stays 0, which infinity times 0 is not."""
    return select(_op("Equal", x, filled(x, 0.0)), x, found)


def _ordered(x: Complex) -> tuple[Tensor, Tensor]:
    """The larger and the smaller of the absolute values of the parts."""
    a, b = _op("Abs", x.real), _op("Abs", x.imag)
    return maximum(a, b), minimum(a, b)


def _ratio(small: Tensor, large: Tensor) -> Tensor:
    """A quotient that is at most 1: 0 of zeros, 1 of infinities."""
    found = small / large
    same = _op("Equal", small, large)
    zero = _op("Equal", large, filled(large, 0.0))
    return select(zero, filled(found, 0.0), select(same, filled(found, 1.0), found))


def _scale(x: Complex) -> Tensor:
    """What brings parts, by its square, to where sums of them neither overflow nor vanish."""
    large, _ = _ordered(x)
    big = select(_op("Greater", large, filled(large, 2.0**100)), filled(large, 2.0**-4), filled(large, 1.0))
    return select(_op("Less", large, filled(large, 2.0**-80)), filled(large, 2.0**24), big)


def _signed(size: Tensor, x: Tensor) -> Tensor:
    """A size, or its opposite where another number is negative, which -0 is not."""
    return select(_op("Less", x, filled(x, 0.0)), _op("Neg", size), size)


def _op(name: str, *operands: Tensor) -> Tensor:
    return elementwise(name, *operands)
