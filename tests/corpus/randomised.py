"""Random parameters and statistics for models, so that nothing is zero or one by chance; and Keras on JAX."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, here and nowhere else
import keras

# Words in the names of weights that have to be positive.
_POSITIVE = ("var", "variance", "gamma", "scale")


def randomised(tree: Any, seed: int = 0) -> Any:
    """A tree of parameters with random values instead: variances positive, kernels of a size that keeps the scale."""
    random = np.random.default_rng(seed)
    return jax.tree_util.tree_map_with_path(lambda path, leaf: drawn(jax.tree_util.keystr(path), leaf, random), tree)


def drawn(name: str, leaf: Any, random: np.random.Generator) -> Any:
    """Random values for one weight; whatever counts or is no number stays."""
    if np.dtype(leaf.dtype).kind != "f":
        return leaf
    if any(word in name.lower() for word in _POSITIVE):
        return random.uniform(0.5, 1.5, leaf.shape).astype(leaf.dtype)
    spread = 1 / np.sqrt(max(np.prod(leaf.shape[:-1]), 1)) if len(leaf.shape) > 1 else 0.1
    return random.normal(scale=spread, size=leaf.shape).astype(leaf.dtype)


__all__ = ["drawn", "keras", "randomised"]
