"""float32 numbers brought to the nearest float16 or bfloat16, halves to even, without their bits."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.special.approximation import LARGEST, clip, flat

# The least float16 with all digits, and the least number that is rounded to infinity.
_NORMAL, _TOO_LARGE = 2.0**-14, 65520.0
# Numbers beyond this are made smaller before they are rounded to bfloat16.
_HUGE = 2.0**100


def to_float16(x: Tensor) -> Tensor:
    """The nearest float16."""

    def computed(x: Tensor) -> Tensor:
        size = elementwise("Abs", x)
        steps = (x + 0.75) - 0.75  # whose last digit is that of the small ones
        found = select(_less(size, _NORMAL), steps, _shortened(x, x * 2.0**13))
        return select(_less(size, _TOO_LARGE), found, x * np.inf)

    return flat(computed, x)


def to_bfloat16(x: Tensor) -> Tensor:
    """The nearest bfloat16."""

    def computed(x: Tensor) -> Tensor:
        builder = x.builder
        fits = _less(elementwise("Abs", x), _HUGE)
        down, up = (select(fits, builder.const(1.0), builder.const(2.0**power)) for power in (-40, 40))
        smaller = elementwise("Mul", x, down)
        found = _shortened(smaller, clip(smaller * 2.0**16, -LARGEST, LARGEST))
        return elementwise("Mul", found, up)

    return flat(computed, x)


def _shortened(x: Tensor, large: Tensor) -> Tensor:
    """What a sum with a number so much larger leaves of the digits; nothing else is rounded here."""
    return elementwise("Sub", elementwise("AddV2", x, large), large)


def _less(x: Tensor, bound: float) -> Tensor:
    return elementwise("Less", x, x.builder.const(bound, DType.FLOAT32))


HALVES = {"float16": to_float16, "bfloat16": to_bfloat16}
