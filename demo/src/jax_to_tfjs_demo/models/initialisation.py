"""Parameters to begin training with, made at once and quickly."""

from __future__ import annotations

from collections.abc import Callable

import jax

from jax_to_tfjs_demo.models.model import Params


def initialised(make: Callable[[jax.Array], Params], seed: int) -> Params:
    """What a function makes of the key of a seed, without an optimisation that would cost more than it saves."""
    params: Params = jax.jit(make, compiler_options={"xla_backend_optimization_level": 0})(jax.random.key(seed))
    return params
