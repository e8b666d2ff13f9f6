"""Discrete Fourier transforms as products with constant matrices, because few backends have an FFT.

A short transform is one matrix. One of `first * second` elements is transforms of `first` elements, a turn of each
number, and transforms of `second` elements (Cooley and Tukey); a long one of a prime number is a convolution
(Bluestein). The constants are those of the forward transform: the inverse one swaps real and imaginary parts, before
and after. An infinity makes more NaN than it would in an FFT, since every element is multiplied, by 0 as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import constant, elementwise
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import slice_axes

# Real and imaginary parts; one that is zero, or that nobody asks for, is None.
Parts: TypeAlias = "tuple[Tensor | None, Tensor | None]"
Product: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"
# The most elements that one matrix transforms, and of a number without factors.
MATRIX, PRIME = 128, 256
# What a step costs beside its matrices, as elements of those.
_STEP = 48
_BOTH = (True, True)


@dataclass(frozen=True, slots=True)
class _Line:
    """A transform of `size` elements of which the last may be missing, as they are 0; `kept` of the results are asked
    for, and of those the `wanted` parts."""

    size: int
    kept: int
    wanted: tuple[bool, bool] = _BOTH


def fft(x: Complex, axes: int = 1) -> Complex:
    """The transform along the last `axes` axes."""
    return _joined(_forward(_parts(x), axes))


def ifft(x: Complex, axes: int = 1) -> Complex:
    """The inverse transform along the last `axes` axes."""
    parts = _scaled(_parts(x), np.float32(1 / _count(_shape(x), axes)))
    return _joined(_swapped(_forward(_swapped(parts), axes)))


def rfft(x: Tensor, axes: int = 1) -> Complex:
    """The transform of real numbers; along the last axis those elements alone from which the others follow."""
    length = _length(x.shape, -1)
    kept = length // 2 + 1
    found = _transformed((x, None), _Line(length, kept))
    return _joined(_forward(_turned(found, axes), axes - 1, axes))


def irfft(x: Complex, length: int, axes: int = 1) -> Tensor:
    """The real numbers, `length` of them along the last axis, of which `rfft` makes `x`."""
    shape = _shape(x)
    stored = _length(shape, -1)
    weights = np.where((np.arange(stored) == 0) | (2 * np.arange(stored) == length), 1.0, 2.0)
    scale = weights / (length * _count(shape[:-1], axes - 1))
    found = _swapped(_scaled(_parts(x), scale.astype(np.float32)))
    for axis in range(axes):
        found = _turned(found, axes, back=True)
        last = axis == axes - 1
        size = length if last else _last(found)
        found = _transformed(found, _Line(size, size, (False, True) if last else _BOTH))
    real = found[1]
    assert real is not None
    return real


def _forward(x: Parts, count: int, axes: int | None = None) -> Parts:
    """Transforms the last axis `count` times, each time moving it before the other ones of the last `axes`."""
    for _ in range(count):
        size = _last(x)
        x = _turned(_transformed(x, _Line(size, size)), axes or count)
    return x


def _transformed(x: Parts, line: _Line) -> Parts:
    """The transform of the last axis, whatever is before it."""
    shape = _shape_of(x)
    rows = dims.product(shape[:-1])
    found = _rows(_each(x, lambda part: reshape(part, (rows, shape[-1]))), line)
    return _each(found, lambda part: reshape(part, (*shape[:-1], line.kept)))


def _rows(x: Parts, line: _Line) -> Parts:
    """The transforms of the rows of a matrix."""
    first = _first_factor(line.size)
    if first == line.size:
        return _multiplied(x, _matrix(_builder(x), line.size, (_last(x), line.kept)), _right, line.wanted)
    return _by_factors(x, line, first) if first > 1 else _by_convolution(x, line)


def _by_factors(x: Parts, line: _Line, first: int) -> Parts:
    """Transforms of `first` elements, which lie `second` apart, then of `second`."""
    rows, second = _shape_of(x)[0], line.size // first
    used, kept = -(-_last(x) // second), -(-line.kept // first)

    def apart(part: Tensor) -> Tensor:
        whole = _padded(part, used * second)
        return reshape(transpose(reshape(whole, (rows, used, second)), [1, 0, 2]), (used, rows * second))

    def together(part: Tensor) -> Tensor:
        lines = transpose(reshape(part, (first, rows, kept)), [1, 2, 0])
        return slice_axes(reshape(lines, (rows, kept * first)), [0, 0], [rows, line.kept])

    builder = _builder(x)
    found = _multiplied(_each(x, apart), _matrix(builder, first, (first, used)), _left)
    found = _each(found, lambda part: reshape(part, (first, rows, second)))
    turned = _multiplied(found, _turns(builder, first, second), _times)
    lines = _each(turned, lambda part: reshape(part, (first * rows, second)))
    return _each(_rows(lines, _Line(second, kept, line.wanted)), together)


def _by_convolution(x: Parts, line: _Line) -> Parts:
    """`j * k` is `(j^2 + k^2 - (k - j)^2) / 2`: a convolution between two turns, carried out by longer transforms."""
    builder, count = _builder(x), line.size
    longer = _convolution_size(count)
    places = np.arange(count)
    chirp = np.exp(-1j * np.pi * (places**2 % (2 * count)) / count)
    kernel = np.zeros(longer, complex)
    kernel[:count], kernel[longer - count + 1 :] = chirp.conj(), chirp[:0:-1].conj()
    spectrum = np.fft.fft(kernel) / longer
    turned = _multiplied(x, _constants(builder, chirp[: _last(x)], f"chirp_{count}"), _times)
    found = _rows(turned, _Line(longer, longer))
    found = _multiplied(found, _constants(builder, spectrum, f"chirp_spectrum_{count}"), _times)
    found = _swapped(_rows(_swapped(found), _Line(longer, line.kept)))
    return _multiplied(found, _constants(builder, chirp[: line.kept], f"chirp_{count}"), _times, line.wanted)


def _multiplied(x: Parts, by: Parts, product: Product, wanted: tuple[bool, bool] = _BOTH) -> Parts:
    """The complex product, without what is 0 and what nobody asks for."""
    real = _summed("Sub", _paired(x[0], by[0], product), _paired(x[1], by[1], product)) if wanted[0] else None
    imag = _summed("AddV2", _paired(x[0], by[1], product), _paired(x[1], by[0], product)) if wanted[1] else None
    return real, imag


def _paired(x: Tensor | None, by: Tensor | None, product: Product) -> Tensor | None:
    return None if x is None or by is None else product(x, by)


def _summed(op: str, a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None and b is not None and op == "Sub":
        return elementwise("Neg", b)
    return elementwise(op, a, b) if a is not None and b is not None else a or b


def _right(x: Tensor, matrix: Tensor) -> Tensor:
    return x.builder.op("MatMul", x, matrix)


def _left(x: Tensor, matrix: Tensor) -> Tensor:
    return x.builder.op("MatMul", matrix, x)


def _times(x: Tensor, factors: Tensor) -> Tensor:
    return elementwise("Mul", x, factors)


def _matrix(builder: Builder, size: int, shape: tuple[int, int]) -> Parts:
    """The first rows and columns of the matrix of a transform."""
    return _constants(builder, _roots(np.outer(*map(np.arange, shape)), size), f"fourier_{size}")


def _turns(builder: Builder, first: int, second: int) -> Parts:
    """By what the numbers are multiplied between the transforms of two factors."""
    roots = _roots(np.outer(np.arange(first), np.arange(second)), first * second)
    return _constants(builder, roots[:, None], f"fourier_{first}_{second}")


def _roots(powers: np.ndarray, size: int) -> np.ndarray:
    """Powers of the root of one; parts that are 0 are exactly 0."""
    angles = 2 * np.pi * (powers % size) / size
    real, imag = np.cos(angles), -np.sin(angles)
    return np.where(abs(real) < 1e-12, 0, real) + 1j * np.where(abs(imag) < 1e-12, 0, imag)


def _constants(builder: Builder, values: np.ndarray, name: str) -> Parts:
    parts = {"cosines": values.real, "sines": values.imag}
    real, imag = (builder.const(part.astype(np.float32), name=f"{name}_{kind}") for kind, part in parts.items())
    return real, imag


@lru_cache(maxsize=4096)
def _cost(size: int) -> float:
    """About what a transform costs for each of its elements."""
    if size <= MATRIX:
        return size
    costs = [first + _STEP + _cost(size // first) for first in _factors(size)]
    if costs:
        return min(costs)
    return size if size <= PRIME else 4 * (_STEP + _cost(_convolution_size(size)))


def _first_factor(size: int) -> int:
    """The size of the first transforms: all of it for one matrix, 1 if there are no factors."""
    if size <= MATRIX or (size <= PRIME and not _factors(size)):
        return size
    return min(_factors(size), key=lambda first: first + _cost(size // first), default=1)


def _factors(size: int) -> list[int]:
    return [first for first in range(2, min(MATRIX, size - 1) + 1) if size % first == 0]


def _convolution_size(size: int) -> int:
    return 1 << (2 * size - 2).bit_length()


def _turned(x: Parts, axes: int, *, back: bool = False) -> Parts:
    """The last axis before the others of the last `axes`; or back the first of them behind the others."""
    if axes == 1:
        return x
    rank = len(_shape_of(x))
    before, moved = [*range(rank - axes)], [*range(rank - axes, rank)]
    order = [*moved[1:], moved[0]] if back else [moved[-1], *moved[:-1]]
    return _each(x, lambda part: transpose(part, [*before, *order]))


def _padded(x: Tensor, length: int) -> Tensor:
    """Rows with zeros behind them."""
    missing = length - _length(x.shape, -1)
    return x.builder.op("PadV2", x, [[0, 0], [0, missing]], x.builder.const(0.0)) if missing else x


def _scaled(x: Parts, factors: np.ndarray | np.float32) -> Parts:
    return _each(x, lambda part: elementwise("Mul", part, part.builder.const(np.asarray(factors))))


def _parts(x: Complex) -> Parts:
    """Both parts in their whole shape; what is known to be 0 is left out."""
    shape = _shape(x)
    real, imag = (None if _is_zero(part) else broadcast_to(part, shape) for part in (x.real, x.imag))
    return (broadcast_to(x.real, shape), None) if real is None and imag is None else (real, imag)


def _is_zero(x: Tensor) -> bool:
    value = constant(x)
    return value is not None and not value.any()


def _joined(x: Parts) -> Complex:
    some = next(part for part in x if part is not None)
    zero = some.builder.const(np.zeros((1,) * some.rank, np.float32)) if None in x else some
    real, imag = (zero if part is None else part for part in x)
    return Complex(real, imag)


def _swapped(x: Parts) -> Parts:
    return x[1], x[0]


def _each(x: Parts, change: Callable[[Tensor], Tensor]) -> Parts:
    real, imag = (None if part is None else change(part) for part in x)
    return real, imag


def _builder(x: Parts) -> Builder:
    return next(part.builder for part in x if part is not None)


def _shape_of(x: Parts) -> Shape:
    return next(part.shape for part in x if part is not None)


def _shape(x: Complex) -> Shape:
    pairs = zip(x.real.shape, x.imag.shape, strict=True)
    return tuple(dims.broadcast(a, b) for a, b in pairs)


def _last(x: Parts) -> int:
    return _length(_shape_of(x), -1)


def _count(shape: Shape, axes: int) -> int:
    return int(np.prod([_length(shape, axis) for axis in range(-axes, 0)], dtype=int))


def _length(shape: Shape, axis: int) -> int:
    size = shape[axis]
    if not isinstance(size, int):
        raise OpError(
            f"it goes along a dim of unknown size, {size}: a Fourier transform takes a fixed number of elements"
        )
    return size
