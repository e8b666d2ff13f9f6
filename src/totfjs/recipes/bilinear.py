"""Exact integer products of tensors by the runtime's products of float32, which are exact up to 2^24."""

from __future__ import annotations

from collections.abc import Callable

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import floor_division, modulo

# Integers of float32 are exact up to 2 to this power.
_EXACT = 24
_INT = 32


def exact_bilinear(
    a: Tensor, b: Tensor, product: Callable[[Tensor, Tensor], Tensor], terms: int, bits: tuple[int, int]
) -> Tensor:
    """`product`, a sum of `terms` products for each element, of int32 tensors whose elements have so many bits.

    The operands are cut into limbs of few bits, whose products are exact; they are added modulo 2^32.
    """
    limb = max((_EXACT - max(terms - 1, 0).bit_length()) // 2, 1)
    left, right = _limbs(a, bits[0], limb), _limbs(b, bits[1], limb)
    total: Tensor | None = None
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            if limb * (i + j) >= _INT:
                continue
            part = elementwise("Cast", product(x, y), DstT=DType.INT32)
            part = part if i + j == 0 else _shifted(part, limb * (i + j))
            total = part if total is None else elementwise("AddV2", total, part)
    assert total is not None
    return total


def _limbs(x: Tensor, bits: int, limb: int) -> list[Tensor]:
    """Numbers from 0 to 2^limb as float32, the lowest first; the last one has the sign."""
    parts = []
    while bits > limb:
        low = modulo(x, 1 << limb)
        parts.append(low)
        x = floor_division(elementwise("Sub", x, low), x.builder.like(x, 1 << limb))
        bits -= limb
    return [elementwise("Cast", part, DstT=DType.FLOAT32) for part in (*parts, x)]


def _shifted(x: Tensor, bits: int) -> Tensor:
    """Times a power of 2, in steps that double precision holds."""
    while bits > 0:
        step = min(bits, 16)
        x = elementwise("Mul", x, x.builder.like(x, 1 << step))
        bits -= step
    return x


__all__ = ["exact_bilinear"]
