"""The Threefry-2x32 block cipher of 20 rounds (Salmon et al., 2011), from which counters make random words.

The first word is kept as two halves which are summed up without carry, far below 2^24. The second one is kept as
its bits, 0 or 1 in 32 columns: a rotation only changes which bit a column stands for, and exclusive or is the parity of
a sum. So a round is a dozen fast operations of floats, and all of them are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes.indexing import iota
from totfjs.recipes.planes import (
    bits_of,
    halves_of,
    halves_to_words,
    known_words,
    parity,
    shifted,
    words_to_halves,
)
from totfjs.recipes.shapes import broadcast_to, reshape

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY_OF_KEYS = 0x1BD11BDA


def threefry(key: tuple[Tensor, Tensor], count: tuple[Tensor, Tensor], shape: Shape) -> tuple[Tensor, Tensor]:
    """Two random words for each pair of counters. Keys and counters broadcast to `shape`."""
    keys = _schedule(tuple(_rows(word, shape) for word in key))
    first, second = (_rows(word, shape) for word in count)
    state = _State(first + keys[0], second + keys[1])
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            state = state.round(rotation)
        injected = known_words(first.builder, [block + 1]) + keys[(block + 2) % 3]
        state = _State(state.first + keys[(block + 1) % 3], state.numbers() + injected)
    return _words(state.first, shape), _words(state.numbers(), shape)


@dataclass(frozen=True)
class _State:
    """The first word as halves; the second one as halves, or as bits of which column `j` has bit `j + turn`."""

    first: Tensor
    second: Tensor
    turn: int | None = None

    def numbers(self) -> Tensor:
        """The second word as halves."""
        return self.second if self.turn is None else halves_of(self.second, self.turn)

    def round(self, rotation: int) -> _State:
        """Adds the second word to the first, rotates it, and combines it with the first."""
        bits = bits_of(_carried(self.second)) if self.turn is None else self.second
        first = self.first + self.numbers()
        turn = ((self.turn or 0) + rotation) % 32
        return _State(first, parity(bits + shifted(_carried(first), turn)), turn)


def _schedule(key: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """The keys that are added in turn: the third is the exclusive or of the others and a constant."""
    first, second = key
    constant = known_words(first.builder, [_PARITY_OF_KEYS])
    total = shifted(first) + shifted(second) + bits_of(constant)
    return first, second, halves_of(parity(total))


def _rows(word: Tensor, shape: Shape) -> Tensor:
    """Words as rows of halves; one row if there is one word."""
    return words_to_halves(word if all(size == 1 for size in word.shape) else broadcast_to(word, shape))


def _carried(halves: Tensor) -> Tensor:
    """What the low half has beyond 16 bits goes into the high one; it stays in the low one too, above its bits."""
    builder = halves.builder
    carry = builder.op("MatMul", halves, builder.const(np.array([[0, 2.0**-16], [0, 0]], np.float32)))
    return halves + builder.op("Floor", carry)


def _words(halves: Tensor, shape: Shape) -> Tensor:
    return reshape(halves_to_words(halves), shape)


def counters(builder: Builder, shape: Shape) -> Tensor:
    """0, 1, 2, … in a shape."""
    return reshape(iota(builder, dims.product(shape)), shape)


__all__ = ["counters", "threefry"]
