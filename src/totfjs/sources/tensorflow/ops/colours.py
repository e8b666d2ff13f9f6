"""Colours of images: hue, saturation, value and contrast."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import clamp, elementwise, maximum, minimum, select
from totfjs.recipes.shapes import reshape
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import floats
from totfjs.sources.tensorflow.use import Use


def _rows(use: Use) -> tuple[Tensor, Tensor, Tensor]:
    """The three numbers of all pixels, each in a column."""
    x = floats(use, 0)
    if not x.rank or x.shape[-1] != 3:
        raise OpError("its images have to have three channels")
    rows = reshape(x, (dims.product(x.shape[:-1]), 3))
    first, second, third = use.builder.ops("SplitV", rows, [1, 1, 1], 1)
    return first, second, third


def _image(use: Use, columns: Sequence[Tensor]) -> Tensor:
    return reshape(use.op("ConcatV2", *columns, 1), use.shape(0))


def _hue(colours: Sequence[Tensor], most: Tensor, span: Tensor) -> Tensor:
    """Where on the circle of 6 a colour is; 0 for greys."""
    red, green, blue = colours
    zero, safe = most.builder.const(0.0), select(_above_zero(span), span, _number(span, 1.0))
    from_blue = (red - green) / safe + 4.0
    from_green = select(elementwise("Equal", green, most), (blue - red) / safe + 2.0, from_blue)
    hue = select(elementwise("Equal", red, most), (green - blue) / safe, from_green)
    hue = select(_above_zero(span), hue, zero)
    return select(elementwise("Less", hue, zero), hue + 6.0, hue)


def _extent(colours: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """The smallest of three numbers, the largest, and the difference."""
    red, green, blue = colours
    most = maximum(maximum(red, green), blue)
    least = minimum(minimum(red, green), blue)
    return least, most, most - least


def _coloured(hue: Tensor, least: Tensor, span: Tensor) -> list[Tensor]:
    """The colours of a hue, which are from `least` on as far as `span`."""
    red = elementwise("Abs", hue - 3.0) - 1.0
    green = 2.0 - elementwise("Abs", hue - 2.0)
    blue = 2.0 - elementwise("Abs", hue - 4.0)
    zero, one = _number(hue, 0.0), _number(hue, 1.0)
    return [least + span * clamp(share, zero, one) for share in (red, green, blue)]


def _share(span: Tensor, most: Tensor) -> Tensor:
    """The saturation."""
    positive = _above_zero(most)
    return select(positive, span / select(positive, most, _number(most, 1.0)), _number(most, 0.0))


def _to_hsv(use: Use) -> Tensor:
    colours = _rows(use)
    _, most, span = _extent(colours)
    return _image(use, [_hue(colours, most, span) / 6.0, _share(span, most), most])


def _to_rgb(use: Use) -> Tensor:
    hue, share, value = _rows(use)
    return _image(use, _coloured(hue * 6.0, (1.0 - share) * value, share * value))


def _other_hue(use: Use) -> Tensor:
    colours, delta = _rows(use), reshape(floats(use, 1), ())
    least, most, span = _extent(colours)
    hue = _hue(colours, most, span) + delta * 6.0
    return _image(use, _coloured(hue - elementwise("Floor", hue / 6.0) * 6.0, least, span))


def _other_saturation(use: Use) -> Tensor:
    colours, factor = _rows(use), reshape(floats(use, 1), ())
    _, most, span = _extent(colours)
    share = clamp(_share(span, most) * factor, _number(most, 0.0), _number(most, 1.0))
    wide = share * most
    return _image(use, _coloured(_hue(colours, most, span), most - wide, wide))


def _contrast(use: Use) -> Tensor:
    """Further from the mean of each channel of each image, or nearer to it."""
    x, factor = use.cast(use.tensor(0), DType.FLOAT32), reshape(floats(use, 1), ())
    if x.rank < 3:
        raise OpError("its images have to have three dims")
    flat = reshape(x, (dims.product(x.shape[:-3]), *x.shape[-3:]))
    mean = use.op("Mean", flat, [1, 2], keep_dims=True)
    y = reshape(elementwise("AddV2", elementwise("Mul", elementwise("Sub", flat, mean), factor), mean), x.shape)
    return y if len(use) == 2 else clamp(y, *(reshape(floats(use, place), ()) for place in (2, 3)))


def _above_zero(x: Tensor) -> Tensor:
    return elementwise("Greater", x, _number(x, 0.0))


def _number(x: Tensor, value: float) -> Tensor:
    return x.builder.like(x, value)


_CODED = (
    "DecodeAndCropJpeg", "DecodeBmp", "DecodeGif", "DecodeImage", "DecodeJpeg", "DecodePng", "DecodeWebP", "EncodeJpeg",
    "EncodeJpegVariableQuality", "EncodePng", "ExtractJpegShape",
)  # fmt: skip

OPS: dict[str, Row] = {
    "RGBToHSV": _to_hsv,
    "HSVToRGB": _to_rgb,
    "AdjustHue": _other_hue,
    "AdjustSaturation": _other_saturation,
    "AdjustContrast": Op(_contrast, integers=True),
    "AdjustContrastv2": _contrast,
}
REFUSED = {
    **dict.fromkeys(_CODED, "files of images are read by the browser"),
    **dict.fromkeys(("DrawBoundingBoxes", "DrawBoundingBoxesV2"), "it draws into images; a canvas does that"),
}
