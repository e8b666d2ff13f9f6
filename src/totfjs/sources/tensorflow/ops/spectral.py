"""Fourier transforms along the last axes."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import fourier
from totfjs.recipes.complex import Complex
from totfjs.recipes.slicing import pad, slice_axes
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, none, whole
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _plain(inverse: bool, axes: int) -> Op:
    def rule(use: Use) -> Operand:
        return (fourier.ifft if inverse else fourier.fft)(_pair(use), axes)

    return Op(rule, complex=True)


def _pair(use: Use) -> Complex:
    found = whole(use, 0)
    if not isinstance(found, Complex):
        raise OpError("its operand is not complex")
    return found


def _real(axes: int) -> Op:
    def rule(use: Use) -> Operand:
        return fourier.rfft(_fitted(use.tensor(0), _lengths(use, axes)), axes)

    return Op(rule, complex=True)


def _back_to_real(axes: int) -> Op:
    def rule(use: Use) -> Operand:
        lengths = _lengths(use, axes)
        return _irfft(_pair(use), lengths)

    return Op(rule, complex=True)


def _irfft(x: Complex, lengths: Sequence[int]) -> Tensor:
    stored = [*lengths[:-1], lengths[-1] // 2 + 1]
    fitted = each(x, lambda part: _fitted(part, stored))
    assert isinstance(fitted, Complex)
    return fourier.irfft(fitted, lengths[-1], len(lengths))


def _lengths(use: Use, axes: int) -> list[int]:
    found = use.integers(1, "the length of the transform")
    if len(found) != axes or min(found) < 1:
        raise OpError(f"{found} are no lengths of {axes} axes")
    return found


def _fitted(x: Tensor, lengths: Sequence[int]) -> Tensor:
    """The last axes cut, or filled up with zeros, to lengths."""
    first = x.rank - len(lengths)
    # a dim that is not known has to be as long as the transform, or TensorFlow raises an error too
    sizes = [min(have, want) if isinstance(have, int) else want
             for have, want in zip(x.shape[first:], lengths, strict=True)]  # fmt: skip
    x = slice_axes(x, [0] * x.rank, [*x.shape[:first], *sizes])
    more = [want - size for size, want in zip(sizes, lengths, strict=True)]
    return pad(x, none(x), [0] * x.rank, [*[0] * first, *more], [0] * x.rank)


_AXES = (("", 1), ("2D", 2), ("3D", 3))

OPS: dict[str, Row] = {
    **{f"FFT{name}": _plain(False, axes) for name, axes in _AXES},
    **{f"IFFT{name}": _plain(True, axes) for name, axes in _AXES},
    **{f"RFFT{name}": _real(axes) for name, axes in _AXES},
    **{f"IRFFT{name}": _back_to_real(axes) for name, axes in _AXES},
    **{
        f"Batch{name}": _plain(name.startswith("I"), axes)
        for kind, axes in _AXES
        for name in (f"FFT{kind}", f"IFFT{kind}")
    },
}
