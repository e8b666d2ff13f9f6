from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from jax import lax, random

from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

# The counter overflows into its second word, and beyond it, among the first blocks.
STATE = np.array([0x12345678, 0x9ABCDEF0, 0xFFFFFFFD, 0xFFFFFFFF], np.uint32)
ONES = np.full(4, 0xFFFFFFFF, np.uint32)
PHILOX, THREEFRY, DEFAULT = (
    getattr(lax.RandomAlgorithm, name) for name in ("RNG_PHILOX", "RNG_THREE_FRY", "RNG_DEFAULT")
)
SHAPES = ((), (1,), (7,), (3, 5), (5, 3), (3, 3), (3, 4, 2), (2, 8), (1000,))


def _bits(algorithm: Any, shape: tuple[int, ...], dtype: str, state: np.ndarray = STATE) -> Case:
    label = f"{algorithm}-{dtype}-{shape}-{state[-1]}"
    return case(label, lambda k: lax.rng_bit_generator(k, shape, dtype, algorithm), state, tolerance=0.0)


def _key(implementation: str, label: str, function: Any, tolerance: float = 0.0) -> Case:
    name = f"{implementation}-{label}"
    return case(name, lambda k: function(random.wrap_key_data(k, impl=implementation)), STATE, tolerance=tolerance)


CASES = [
    *(_bits(algorithm, shape, "uint32") for algorithm in (PHILOX, THREEFRY) for shape in SHAPES),
    *(_bits(algorithm, (3, 5), dtype) for algorithm in (PHILOX, THREEFRY) for dtype in ("uint8", "uint16")),
    *(_bits(algorithm, (9,), "uint32", state) for algorithm in (PHILOX, THREEFRY) for state in (ONES, 0 * ONES)),
    _bits(DEFAULT, (3, 5), "uint32"),
    *(
        _key(implementation, label, function, tolerance)
        for implementation in ("rbg", "unsafe_rbg")
        for label, function, tolerance in (
            ("bits", lambda k: random.bits(k, (3, 5)), 0.0),
            ("split", lambda k: random.key_data(random.split(k, 3)), 0.0),
            ("fold-in", lambda k: random.key_data(random.fold_in(k, 7)), 0.0),
            ("normal", lambda k: random.normal(k, (7,)), 3e-6),
            ("vmapped", lambda k: jax.vmap(lambda one: random.uniform(one, (3,)))(random.split(k, 2)), 0.0),
        )
    ),
    case("seed", lambda seed: random.uniform(random.key(seed, impl="rbg"), (5,)), np.int32(42), tolerance=0.0),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_bits_are_those_of_jax_on_a_cpu(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_bits_of_a_dynamic_shape_are_refused() -> None:
    def function(words: Any, x: Any) -> Any:
        return x + random.uniform(random.wrap_key_data(words, impl="rbg"), x.shape)

    with pytest.raises(UnsupportedError, match="the shape of the random bits of rbg keys has to be known"):
        source.load(function, inputs={"words": "uint32[4]", "x": "float32[b]"}).graph()
