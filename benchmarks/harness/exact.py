"""Where float32 fails JAX itself: results are held against those of JAX in 64 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# Functions whose float32 results JAX itself may miss by more than the tolerance.
ELEMENTWISE = frozenset(("igamma", "igammac"))


def nearer(harness: Any, inputs: Sequence[np.ndarray], actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """JAX's result, or what was computed where that is nearer to JAX's result in 64 bits."""
    if harness.group_name not in ELEMENTWISE or any(x.dtype != np.float32 for x in inputs):
        return expected
    import jax

    with jax.enable_x64(True):
        exact = np.asarray(jax.jit(harness.dyn_fun)(*(x.astype(np.float64) for x in inputs)))
    with np.errstate(all="ignore"):
        return np.where(abs(actual - exact) <= abs(expected - exact), actual, expected)
