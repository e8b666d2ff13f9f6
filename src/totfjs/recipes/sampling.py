"""Images read at computed places between their pixels."""

from __future__ import annotations

from dataclasses import dataclass

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import broadcast_to, dim_value, expand, reshape
from totfjs.recipes.slicing import take


@dataclass(frozen=True)
class Grid:
    """Places in images (batch, height, width, channels): which image (n,), rows and columns (n, h, w) as floats."""

    images: Tensor
    which: Tensor
    rows: Tensor
    columns: Tensor

    def nearest(self) -> Tensor:
        """The pixel that is nearest; halves are rounded away from zero."""
        return self.read(half_away(self.rows), half_away(self.columns))

    def between(self) -> Tensor:
        """From the four pixels around, where all places are inside."""
        top, left = elementwise("Floor", self.rows), elementwise("Floor", self.columns)
        bottom, right = elementwise("Ceil", self.rows), elementwise("Ceil", self.columns)
        down, across = (_with_channels(x) for x in (self.rows - top, self.columns - left))
        upper = _mixed(self.read(top, left), self.read(top, right), across)
        lower = _mixed(self.read(bottom, left), self.read(bottom, right), across)
        return _mixed(upper, lower, down)

    def read(self, rows: Tensor, columns: Tensor) -> Tensor:
        """The pixels at whole places, brought inside."""
        height, width = self.images.shape[1:3]
        row, column = (_inside(place, size) for place, size in ((rows, height), (columns, width)))
        index = expand(self.which, (0,), 3) * dim_value(row.builder, height) + row
        flat = index * dim_value(row.builder, width) + column
        pixels = reshape(self.images, (dims.product(self.images.shape[:3]), self.images.shape[3]))
        return take(pixels, flat, 0)

    def filled(self, values: Tensor, there: Tensor, fill: Tensor) -> Tensor:
        """Values where a condition (n, h, w) holds, else `fill`."""
        return select(_with_channels(there), values, fill)


def half_away(x: Tensor) -> Tensor:
    """The nearest whole number, halves away from zero."""
    size = elementwise("Abs", x)
    whole = elementwise("Floor", size)
    up = elementwise("GreaterEqual", size - whole, x.builder.like(x, 0.5))
    rounded = whole + elementwise("Cast", up, DstT=DType.FLOAT32)
    negative = elementwise("Less", x, x.builder.like(x, 0.0))
    return select(negative, elementwise("Neg", rounded), rounded)


def within(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Whether numbers are between two, or one of these."""
    return elementwise("LogicalAnd", elementwise("GreaterEqual", x, low), elementwise("LessEqual", x, high))


def last_of(x: Tensor, size: dims.Size) -> Tensor:
    """The last place of a dim as a float."""
    if isinstance(size, int):
        return x.builder.const(float(size - 1), DType.FLOAT32)
    return elementwise("Cast", dim_value(x.builder, size - 1), DstT=DType.FLOAT32)


def grid_of(rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (n, h) and columns (n, w) as places (n, h, w)."""
    shape = (rows.shape[0], rows.shape[1], columns.shape[1])
    return broadcast_to(expand(rows, (0, 1), 3), shape), broadcast_to(expand(columns, (0, 2), 3), shape)


def _inside(x: Tensor, size: dims.Size) -> Tensor:
    """Whole numbers as places of a dim; NaN gives the first one."""
    zero = x.builder.like(x, 0.0)
    bounded = elementwise("Minimum", elementwise("Maximum", x, zero), last_of(x, size))
    safe = select(elementwise("GreaterEqual", bounded, zero), bounded, zero)
    return elementwise("Cast", safe, DstT=DType.INT32)


def _with_channels(x: Tensor) -> Tensor:
    return expand(x, (0, 1, 2), 4)


def _mixed(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    return elementwise("AddV2", a, elementwise("Mul", elementwise("Sub", b, a), share))


__all__ = ["Grid", "grid_of", "half_away", "last_of", "within"]
