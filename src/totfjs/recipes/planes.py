"""Words of 32 bits as rows of 32 floats, each 0 or 1: what needs every bit many times is fast float arithmetic there.

Rows are made of the halves of a word, numbers below 2^24 which float32 holds exactly. Exact on every backend, but for
the way from and to int32, which GPUs hold as float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.types import DType
from totfjs.recipes.integers import halves
from totfjs.recipes.shapes import reshape, transpose

WORD, HALF = 32, 16


def words_to_halves(x: Tensor) -> Tensor:
    """Words as rows of two floats: the low half, and the high one with the sign."""
    low, high = halves(reshape(x, (-1,)))
    pair = x.builder.op("Pack", low, x.builder.op("FloorDiv", high, 1 << HALF), axis=1)
    return x.builder.op("Cast", pair, DstT=DType.FLOAT32)


def halves_to_words(pairs: Tensor) -> Tensor:
    """Rows of two floats as words: the high one may be of any size that is exact, it is taken modulo 2^16."""
    found = pairs.builder.op("Cast", pairs, DstT=DType.INT32)
    return pairs.builder.op("Sum", found * pairs.builder.const(np.array([1, 1 << HALF], np.int32)), [1])


def bits_of(pairs: Tensor, turn: int = 0) -> Tensor:
    """The bits of halves; those above the 16 of a half are left out. Column `j` has bit `j + turn` modulo 32."""
    return parity(shifted(pairs, turn))


def shifted(pairs: Tensor, turn: int = 0) -> Tensor:
    """Whole numbers whose last bit is a bit of the halves; `turn` as in `bits_of`."""
    builder = pairs.builder
    return builder.op("Floor", builder.op("MatMul", pairs, builder.const(_scales(turn))))


def parity(x: Tensor) -> Tensor:
    """The last bit of whole numbers."""
    return x - x.builder.op("Floor", x * 0.5) * 2.0


def halves_of(bits: Tensor, turn: int = 0) -> Tensor:
    """The halves of words, neither of which is negative; `turn` as in `bits_of`."""
    builder = bits.builder
    return builder.op("MatMul", bits, builder.const(_weights(turn)))


def reduce_bits(x: Tensor, axes: Sequence[int], kind: str) -> Tensor:
    """And, or or xor of all words along axes."""
    kept = [axis for axis in range(x.rank) if axis not in axes]
    shape = tuple(x.shape[axis] for axis in kept)
    count = dims.product(x.shape[axis] for axis in axes)
    bits = bits_of(words_to_halves(transpose(x, [*kept, *axes])))
    rows = reshape(bits, (dims.product(shape), count, WORD))
    found = x.builder.op({"and": "Min", "or": "Max", "xor": "Sum"}[kind], rows, [1])
    return reshape(halves_to_words(halves_of(parity(found) if kind == "xor" else found)), shape)


def known_words(builder: Builder, words: Sequence[int]) -> Tensor:
    """Constant words as rows of halves."""
    rows = [[word & 0xFFFF, word >> HALF] for word in words]
    return builder.const(np.array(rows, np.float32))


def _places(turn: int) -> np.ndarray:
    return (np.arange(WORD) + turn) % WORD


def _scales(turn: int) -> np.ndarray:
    """Brings each bit of two halves to the last place of a column."""
    scales = np.zeros((2, WORD), np.float32)
    places = _places(turn)
    scales[places // HALF, np.arange(WORD)] = np.exp2(-(places % HALF))
    return scales


def _weights(turn: int) -> np.ndarray:
    """What each bit counts in its half."""
    weights = np.zeros((WORD, 2), np.float32)
    places = _places(turn)
    weights[np.arange(WORD), places // HALF] = np.exp2(places % HALF)
    return weights


__all__ = [
    "bits_of", "halves_of", "halves_to_words", "known_words", "parity", "reduce_bits", "shifted", "words_to_halves",
]  # fmt: skip
