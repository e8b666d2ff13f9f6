"""What random numbers are made of. Distributions are functions over these, which JAX writes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.threefry import counters
from totfjs.recipes.threefry import threefry as cipher
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.primitives.generator import generator


def threefry(eqn: Equation, *words: Tensor) -> Sequence[Tensor]:
    """Two random words for each pair of counters."""
    first, second, *count = words
    return cipher((first, second), (count[0], count[1]), eqn.output.shape)


def counted(eqn: Equation) -> Sequence[Tensor]:
    """Numbers of 64 bits, counted from 0: upper and lower words."""
    shape = eqn.output.shape
    return eqn.const(np.zeros((1,) * len(shape), np.int32)), counters(eqn.builder, shape)


def words(eqn: Equation, key: Tensor) -> Tensor:
    """Keys are their words."""
    return eqn.full(key)


def uniform(eqn: Equation, *_: Tensor) -> Tensor:
    """Numbers of a generator without a key, which is another one on every platform."""
    raise OpError("it draws numbers without a key, anew on every machine: use jax.random.uniform with a key")


RULES: dict[str, Rule] = {
    "threefry2x32": threefry,
    "iota_2x32_shape": counted,
    **dict.fromkeys(("random_wrap", "random_unwrap", "random_clone"), words),
    "rng_bit_generator": generator,
    "rng_uniform": uniform,
}
