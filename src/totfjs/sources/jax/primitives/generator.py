"""The generator of XLA, of which rbg keys make random bits: as XLA defines it for each algorithm on a CPU.

The state is 4 words: a key of two and a counter of two, which is advanced by the blocks of words that are taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import unsigned
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import iota
from totfjs.recipes.integers import number, wrapped
from totfjs.recipes.philox import advanced, philox
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.recipes.threefry import threefry
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Equation

# Blocks are counted in digits of 16 bits that are known.
_MOST_BLOCKS = 1 << 24


def generator(eqn: Equation, state: Tensor) -> Sequence[Tensor]:
    """The state after this, and random bits."""
    aval = eqn.outputs[1]
    if not aval.static:
        raise OpError("the shape of the random bits of rbg keys has to be known")
    if aval.dtype not in ("uint32", *NARROW):
        raise OpError(f"random bits of {aval.dtype} are not supported")
    make = _by_threefry if str(eqn.params["algorithm"]) in ("RNG_THREE_FRY", "1") else _by_philox
    state, bits = make(eqn.full(state), aval.sizes)
    return state, wrapped(bits, *NARROW[aval.dtype]) if aval.dtype in NARROW else bits


def _by_philox(state: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The counter has 128 bits, of which the upper ones start as the key."""
    size = int(np.prod(shape))
    blocks = -(-size // 4)
    if blocks >= _MOST_BLOCKS:
        raise OpError(f"more than {4 * _MOST_BLOCKS} random words at once are not supported")
    key, count = slice_axes(state, [0], [2]), slice_axes(state, [2], [4])
    words = philox(key, state.builder.op("ConcatV2", count, key, 0), blocks)
    bits = slice_axes(reshape(words, (4 * blocks,)), [0], [size])
    return state.builder.op("ConcatV2", key, advanced(count, blocks), 0), reshape(bits, shape)


def _by_threefry(state: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Each counter gives two words, which are neighbours along an axis: the first even one, else the longest."""
    whole = shape or (1,)
    axis = next((axis for axis, size in enumerate(whole) if size % 2 == 0), int(np.argmax(whole)))
    half = (*whole[:axis], -(-whole[axis] // 2), *whole[axis + 1 :])
    count = int(np.prod(half))
    *key, low, high = (reshape(slice_axes(state, [place], [place + 1]), (1,)) for place in range(4))
    words = threefry((key[0], key[1]), _counted(low, high, iota(state.builder, count)), (count,))
    pair = [reshape(word, (*half[: axis + 1], 1, *half[axis + 1 :])) for word in words]
    joined = reshape(state.builder.op("ConcatV2", *pair, axis + 1), (*half[:axis], 2 * half[axis], *half[axis + 1 :]))
    after = state.builder.op(
        "ConcatV2", *key, *_counted(low, high, state.builder.const(np.array([count], np.int32))), 0
    )
    return after, reshape(slice_axes(joined, [0] * len(whole), list(whole)), shape)


def _counted(low: Tensor, high: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """A counter of two words, and a number added to it."""
    total = elementwise("AddV2", low, step)
    return total, elementwise("AddV2", high, number(unsigned.compare("Less", total, low)))


__all__ = ["generator"]
