"""The Philox-4x32 generator of 10 rounds (Salmon et al., 2011), from which counters make random words.

Four words are a row of 128 floats, their bits. A product with a constant is a sum over bits: in digits of 16 bits it
stays below 2^24 until the carries are passed on. Exclusive or is the parity of a sum, so that a round takes it once, at
its end, and all of it is exact float arithmetic.
"""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.planes import HALF, WORD, halves_of, halves_to_words, known_words, parity, words_to_halves
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import slice_axes

_FACTORS = (0xD2511F53, 0xCD9E8D57)
_STEPS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_WORDS = 4


def philox(key: Tensor, counter: Tensor, blocks: int) -> Tensor:
    """Rows of four random words for that many counters from `counter` (4 words) on, by a key of two words."""
    builder = counter.builder
    steps = np.arange(blocks)
    offsets = np.zeros((blocks, 2 * _WORDS), np.float32)
    offsets[:, 0], offsets[:, 1] = steps % (1 << HALF), steps >> HALF
    first = _digits(counter)
    state = _bits(_carried(builder.const(offsets) + first))
    keys = _schedule(key)
    for number in range(_ROUNDS):
        state = _round(state, slice_axes(keys, [number, 0], [number + 1, WORD * _WORDS]))
    return reshape(_words(state), (blocks, _WORDS))


def advanced(counter: Tensor, count: int) -> Tensor:
    """Words, the lowest first, as one number, to which a count is added."""
    (size,) = counter.shape
    assert isinstance(size, int)
    digits = _digits(counter)
    added = np.array([[count >> HALF * place & 0xFFFF for place in range(2 * size)]], np.float32)
    return reshape(_words(_bits(_carried(digits + counter.builder.const(added)))), (size,))


def _round(state: Tensor, key: Tensor) -> Tensor:
    """(high of the second product ^ second word ^ key, low of it, high of the first ^ fourth word ^ key, low of it)."""
    builder = state.builder
    products = _carried(builder.op("MatMul", state, builder.const(_product_digits())), _WORDS)
    places = np.concatenate([_digit_scales()[:, WORD * word : WORD * (word + 1)] for word in (3, 2, 1, 0)], axis=1)
    found = builder.op("Floor", builder.op("MatMul", products, builder.const(places)))
    return parity(found + builder.op("MatMul", state, builder.const(_moves())) + key)


def _schedule(key: Tensor) -> Tensor:
    """For each round the bits of its keys, where they are added: they grow by constants from round to round."""
    builder = key.builder
    first = _digits(key)
    grown = [[step * number & 0xFFFFFFFF for step in _STEPS] for number in range(_ROUNDS)]
    steps = reshape(known_words(builder, [word for row in grown for word in row]), (_ROUNDS, 4))
    bits = _bits(_carried(first + steps, 2))
    spread = np.zeros((2 * WORD, WORD * _WORDS), np.float32)
    spread[np.arange(2 * WORD), np.arange(2 * WORD) + WORD * (np.arange(2 * WORD) // WORD)] = 1
    return builder.op("MatMul", bits, builder.const(spread))


def _carried(digits: Tensor, group: int | None = None) -> Tensor:
    """What digits have beyond 16 bits goes into the next; it stays where it is too, above the bits of the digit.

    Digits form numbers of `group` digits each, the lowest first; by default one.
    """
    builder, count = digits.builder, digits.shape[1]
    assert isinstance(count, int)
    group = group or count
    moves = np.zeros((count, count), np.float32)
    for place in range(count - 1):
        moves[place, place + 1] = 2.0**-HALF if (place + 1) % group else 0
    carried = digits
    for _ in range(group - 1):
        carried = digits + builder.op("Floor", builder.op("MatMul", carried, builder.const(moves)))
    return carried


def _digits(words: Tensor) -> Tensor:
    """Words as a row of digits of 16 bits, none of which is negative."""
    halves = reshape(words_to_halves(words), (1, -1))
    beyond = halves.builder.op("Floor", halves * 2.0**-HALF)
    return halves - beyond * float(1 << HALF)


def _bits(digits: Tensor) -> Tensor:
    builder, count = digits.builder, digits.shape[1]
    assert isinstance(count, int)
    scales = builder.const(_digit_scales(count))
    return parity(builder.op("Floor", builder.op("MatMul", digits, scales)))


def _words(bits: Tensor) -> Tensor:
    return halves_to_words(halves_of(reshape(bits, (-1, WORD))))


def _digit_scales(count: int = 2 * _WORDS) -> np.ndarray:
    """Brings each bit of digits to the last place of a column."""
    column = np.arange(HALF * count)
    scales = np.zeros((count, HALF * count), np.float32)
    scales[column // HALF, column] = np.exp2(-(column % HALF))
    return scales


def _product_digits() -> np.ndarray:
    """What each bit of the first and of the third word counts in the four digits of its product."""
    digits = np.zeros((WORD * _WORDS, 2 * _WORDS), np.float32)
    for number, factor in enumerate(_FACTORS):
        for bit in range(WORD):
            for place in range(_WORDS):
                counts = (factor << bit) >> (HALF * place) & 0xFFFF
                digits[2 * WORD * number + bit, _WORDS * number + place] = counts
    return digits


def _moves() -> np.ndarray:
    """Brings the second word to the place of the first, and the fourth to that of the third."""
    moves = np.zeros((WORD * _WORDS, WORD * _WORDS), np.float32)
    bit = np.arange(WORD)
    for word in (0, 2):
        moves[WORD * (word + 1) + bit, WORD * word + bit] = 1
    return moves


__all__ = ["advanced", "philox"]
