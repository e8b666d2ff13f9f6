"""What a model's weights weigh on their way to a browser."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Compressed:
    """The bytes of float32 weights as they are and compressed, and `sparsity`, the share of zeros in the kernels."""

    sparsity: float
    bytes: int
    gzip: int
    brotli: int


def compressed(params: Mapping[str, Any]) -> Compressed:
    """The sizes of parameters."""
    # only pruning needs them
    import brotli
    import jax

    arrays = [np.asarray(leaf, np.float32) for leaf in jax.tree.leaves(params)]
    content = b"".join(array.tobytes() for array in arrays)
    kernels = [array for array in arrays if array.ndim >= 2]
    weights = sum(array.size for array in kernels)
    zeros = sum(array.size - np.count_nonzero(array) for array in kernels)
    # the slowest setting of brotli takes half a minute, to save 3 % more
    small = len(gzip.compress(content, 9)), len(brotli.compress(content, quality=9))
    return Compressed(float(zeros / weights) if weights else 0.0, len(content), *small)
