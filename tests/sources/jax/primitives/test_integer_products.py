from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

RANDOM = np.random.default_rng(0)
WORDS = RANDOM.integers(-(2**31), 2**31, (3, 70)).astype(np.int32)
OTHERS = RANDOM.integers(-(2**31), 2**31, (70, 2)).astype(np.int32)
BYTES = RANDOM.integers(-128, 128, (2, 6, 5, 4)).astype(np.int8)
KERNEL = RANDOM.integers(-128, 128, (3, 3, 4, 6)).astype(np.int8)
LAYOUT = ("NHWC", "HWIO", "NHWC")


def conv(**how: Any) -> Any:
    steps, pads = how.pop("steps", (1, 1)), how.pop("pads", ((1, 0), (0, 1)))
    return lambda x, k: lax.conv_general_dilated(x, k, steps, pads, dimension_numbers=LAYOUT, **how)


CASES = [
    case("dot-words", jnp.dot, WORDS, OTHERS),
    case("dot-unsigned", jnp.dot, WORDS.view(np.uint32), OTHERS.view(np.uint32)),
    case("dot-bytes", jnp.dot, WORDS.astype(np.int8), OTHERS.astype(np.int8)),
    case("dot-bytes-to-words", lambda a, b: jnp.dot(a, b, preferred_element_type=np.int32),
         WORDS.astype(np.uint8), OTHERS.astype(np.uint8)),
    case("dot-unsigned-with-floats", lambda a, b: lax.dot(a, b, preferred_element_type=np.float32),
         WORDS.view(np.uint32), OTHERS.astype(np.float32)),
    case("dot-bools", jnp.dot, WORDS > 2**30, OTHERS > 2**30),
    case("dot-batches", lambda a, b: jnp.einsum("bij,bkj->bik", a, b), "int32[b,2,3]", "int32[b,4,3]"),
    case("conv-bytes", conv(), BYTES, KERNEL),
    case("conv-bytes-to-words", conv(preferred_element_type=np.int32), BYTES, KERNEL),
    case("conv-words", conv(steps=(2, 2)), BYTES.astype(np.int32) * 16777259, KERNEL.astype(np.int32) * 16777259),
    case("conv-unsigned", conv(), (BYTES.astype(np.int32) * 16777259).view(np.uint32), KERNEL.astype(np.uint32)),
    case("conv-groups", conv(feature_group_count=2), BYTES, KERNEL[:, :, :2]),
    case("conv-batch-groups", conv(batch_group_count=2), BYTES.astype(np.float32), KERNEL.astype(np.float32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_products_of_integers_and_grouped_batches(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
