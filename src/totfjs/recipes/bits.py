"""The bits of integers: and, or, xor, shifts and counts, from arithmetic and one table of bytes.

Numbers are int32, or uint32 held as its bits in int32. Exact on cpu and wasm; GPUs hold integers as float32.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.recipes.elementwise import constant, elementwise, select
from totfjs.recipes.integers import INT32_MIN, halves, inverted, modulo, negative, number, opposite
from totfjs.recipes.shapes import broadcast_to, reshape

_WORD = 32
# A constant mask with more runs of ones than this is taken apart into bytes.
_RUNS = 4


def bitwise_and(a: Tensor, b: Tensor) -> Tensor:
    """The bits that both have."""
    mask, x = _mask(a, b)
    if mask is not None and x is not None:
        return _masked(x, mask)
    return _by_bytes(a, b)


def bitwise_or(a: Tensor, b: Tensor) -> Tensor:
    """The bits that one of them has: the sum without what is in both."""
    return elementwise("Sub", elementwise("AddV2", a, b), bitwise_and(a, b))


def bitwise_xor(a: Tensor, b: Tensor) -> Tensor:
    """The bits that one of them has and the other has not."""
    mask, x = _mask(a, b)
    if mask == 0xFFFFFFFF and x is not None:
        return inverted(x)
    if mask == 1 << 31 and x is not None:
        return flipped(x)
    common = bitwise_and(a, b)
    return elementwise("Sub", elementwise("Sub", elementwise("AddV2", a, b), common), common)


def flipped(x: Tensor) -> Tensor:
    """The highest bit turned over: unsigned numbers in the order of signed ones, and back."""
    return elementwise("AddV2", x, x.builder.like(x, INT32_MIN))


def shift_left(x: Tensor, count: Tensor) -> Tensor:
    """Zeros come in from below. A count that is negative or beyond 31 leaves nothing."""
    return elementwise("Mul", x, _by_count(count, [_signed(1 << k) for k in range(_WORD)], 0))


def shift_right_arithmetic(x: Tensor, count: Tensor) -> Tensor:
    """Copies of the sign come in from above, and are all that is left beyond 31."""
    known = _known_count(count)
    if known is None:
        divisor = _by_count(count, [1 << k for k in range(31)] + [1], 1)
        low, high = halves(x)
        found = elementwise("AddV2", *(elementwise("FloorDiv", part, divisor) for part in (low, high)))
        return select(_beyond(count, 30), _sign(x), found)
    if known > 30:
        return _sign(x)
    if known == 0:
        return x
    divide = x.builder.like(x, 1 << known)
    if known > 6:  # what is left of the number fits a float32
        return elementwise("FloorDiv", elementwise("Sub", x, modulo(x, 1 << known)), divide)
    return elementwise("AddV2", *(elementwise("FloorDiv", part, divide) for part in halves(x)))


def shift_right_logical(x: Tensor, count: Tensor) -> Tensor:
    """Zeros come in from above."""
    known = _known_count(count)
    shifted = shift_right_arithmetic(x, count)
    if known is None:
        lost = _by_count(count, [0, *(_signed(1 << (_WORD - k)) for k in range(1, _WORD))], 1)
        return select(negative(x), elementwise("AddV2", shifted, lost), shifted)
    if known == 0:
        return x
    return _low_bits(shifted, _WORD - known) if known < _WORD else _zero(x)


def population_count(x: Tensor) -> Tensor:
    """How many bits are 1."""
    counts = np.array([int(k).bit_count() for k in range(256)], np.int32)
    return _joined(x.builder.op("GatherV2", counts, _bytes(x, x.shape), 0), (1, 1), x.shape)


def leading_zeros(x: Tensor) -> Tensor:
    """How many bits above the highest 1 are 0."""
    wide = reshape(flipped(x), (*x.shape, 1)) if x.rank < 6 else reshape(flipped(x), (-1, 1))
    bounds = x.builder.const(np.array([_signed((1 << k) ^ (1 << 31)) for k in range(_WORD)], np.int32))
    found = x.builder.op("Sum", number(elementwise("Less", wide, bounds)), [wide.rank - 1])
    return reshape(found, x.shape)


def split_words(x: Tensor, width: int, count: int) -> Tensor:
    """Each number as `count` numbers of `width` bits without a sign, the lowest first, along a new last axis."""
    pieces = []
    for _ in range(count - 1):
        pieces.append(modulo(x, 1 << width))
        x = elementwise("FloorDiv", elementwise("Sub", x, pieces[-1]), x.builder.like(x, 1 << width))
    return x.builder.op("Pack", *pieces, modulo(x, 1 << width), axis=x.rank)


def join_words(x: Tensor, width: int) -> Tensor:
    """The numbers of `width` bits without a sign along the last axis as one, the lowest first."""
    weights = [_signed(1 << width * k) for k in range(32 // width)]
    weighed = elementwise("Mul", x, x.builder.const(np.array(weights[: _length(x)], np.int32)))
    return x.builder.op("Sum", weighed, [x.rank - 1])


def _length(x: Tensor) -> int:
    size = x.shape[-1]
    assert isinstance(size, int)
    return size


def _mask(a: Tensor, b: Tensor) -> tuple[int | None, Tensor | None]:
    """The constant among two operands as an unsigned number, if it is one number, and the other operand."""
    for mask, x in ((b, a), (a, b)):
        value = constant(mask)
        if value is None or not value.size or (value != value.reshape(-1)[0]).any() or mask.rank > x.rank:
            continue
        if all(size in (1, have) for size, have in zip(mask.shape[::-1], x.shape[::-1], strict=False)):
            return int(value.reshape(-1)[0]) & 0xFFFFFFFF, x
    return None, None


def _masked(x: Tensor, mask: int) -> Tensor:
    """`x & mask`: a run of ones from `start` to `stop` is what is left of the bits below `stop` without those below
    `start`."""
    bits = [mask >> k & 1 for k in range(_WORD)]
    starts = [k for k in range(_WORD) if bits[k] and not (k and bits[k - 1])]
    stops = [k + 1 for k in range(_WORD) if bits[k] and not (k < _WORD - 1 and bits[k + 1])]
    if len(starts) > _RUNS:
        return _by_bytes(x, x.builder.const(np.full((1,) * x.rank, _signed(mask), np.int32)))
    total: Tensor | None = None
    for start, stop in zip(starts, stops, strict=True):
        run = _low_bits(x, stop)
        run = elementwise("Sub", run, _low_bits(x, start)) if start else run
        total = run if total is None else elementwise("AddV2", total, run)
    return _zero(x) if total is None else total


def _low_bits(x: Tensor, count: int) -> Tensor:
    """`x & (2^count - 1)`."""
    if count == _WORD:
        return x
    if count == _WORD - 1:
        return select(negative(x), flipped(x), x)
    return modulo(x, 1 << count) if count else _zero(x)


def _by_bytes(a: Tensor, b: Tensor) -> Tensor:
    """`a & b`, from a table of what each pair of bytes has in common."""
    shape = broadcast_shapes(a.shape, b.shape)
    numbers = np.arange(256)
    table = (numbers[:, None] & numbers).reshape(-1).astype(np.int32)
    pairs = elementwise("AddV2", elementwise("Mul", _bytes(a, shape), a.builder.const(256)), _bytes(b, shape))
    return _joined(a.builder.op("GatherV2", table, pairs, 0), (1 << 8, 1 << 16), shape)


def _bytes(x: Tensor, shape: Shape) -> Tensor:
    """The bytes of `x`, broadcast to `shape` and laid out in a row: (low, high) of (low, high) half."""
    flat = reshape(broadcast_to(x, shape), (-1,))
    builder = x.builder
    low, high = halves(flat)
    half = builder.op("Pack", low, elementwise("FloorDiv", high, builder.like(high, 1 << 16)), axis=0)
    byte = modulo(half, 256)
    rest = elementwise("FloorDiv", elementwise("Sub", half, byte), builder.like(half, 256))
    return builder.op("Pack", byte, modulo(rest, 256), axis=0)


def _joined(found: Tensor, weights: tuple[int, int], shape: Shape) -> Tensor:
    """The sum over bytes and halves, each with its weight."""
    byte, half = weights
    if weights != (1, 1):
        weigh = np.array([[1, half], [byte, _signed(byte * half)]], np.int32)[:, :, None]
        found = elementwise("Mul", found, found.builder.const(weigh))
    flat = reshape(found, (4, found.shape[2]))
    return reshape(flat.builder.op("Sum", flat, [0]), shape)


def _known_count(count: Tensor) -> int | None:
    """A count which is the same for all elements, or None; 32 for all that are negative or beyond."""
    value = constant(count)
    if value is None or not value.size or (value != value.reshape(-1)[0]).any():
        return None
    found = int(value.reshape(-1)[0])
    return found if 0 <= found < _WORD else _WORD


def _by_count(count: Tensor, values: list[int], beyond: int) -> Tensor:
    """What a table of 32 numbers has for each count, and `beyond` for other counts."""
    table = np.array([beyond, *values, beyond], np.int32)
    known = constant(count)
    if known is not None:
        return count.builder.const(table[np.clip(known.astype(np.int64), -1, _WORD) + 1])
    inside = elementwise(
        "Minimum", elementwise("Maximum", count, count.builder.like(count, -1)), count.builder.like(count, _WORD)
    )
    return count.builder.op("GatherV2", table, elementwise("AddV2", inside, count.builder.like(count, 1)), 0)


def _beyond(count: Tensor, most: int) -> Tensor:
    """Whether a count is above `most`, or negative, which is a large number without a sign."""
    above = elementwise("Greater", count, count.builder.like(count, most))
    return elementwise("LogicalOr", negative(count), above)


def _sign(x: Tensor) -> Tensor:
    """-1 for negative numbers, else 0."""
    return opposite(number(negative(x)))


def _zero(x: Tensor) -> Tensor:
    return x.builder.const(np.zeros((1,) * x.rank, np.int32))


def _signed(word: int) -> int:
    """32 bits as a signed number."""
    word &= 0xFFFFFFFF
    return word - (1 << 32) if word >> 31 else word


__all__ = [
    "bitwise_and", "bitwise_or", "bitwise_xor", "flipped", "join_words", "leading_zeros", "population_count",
    "shift_left", "shift_right_arithmetic", "shift_right_logical", "split_words",
]  # fmt: skip
