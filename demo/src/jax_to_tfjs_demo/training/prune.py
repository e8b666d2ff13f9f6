"""Magnitude pruning while a model is trained: the smallest weights of each kernel become zero, gradually and for good.

What is pruned is what is zero. So parameters and the number of the step are all that a resumed training needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

# The shares of all steps at which pruning begins and ends: the model learns first, and mends itself afterwards.
BEGIN, END = 0.2, 0.8
# How often the smallest weights are looked for, which means sorting them all.
TIMES = 50


@dataclass(frozen=True)
class Plan:
    """To which share of zeros, and within which of all steps."""

    target: float
    steps: int

    @property
    def begin(self) -> int:
        """The step from which weights are pruned."""
        return round(BEGIN * self.steps)

    @property
    def end(self) -> int:
        """The step that prunes the last ones."""
        return max(self.begin, round(END * self.steps) - 1)

    @property
    def every(self) -> int:
        """After how many steps more are pruned."""
        return max(1, (self.end - self.begin) // TIMES)


def sparsity_at(step: Any, plan: Plan) -> jax.Array:
    """The share of zeros after a step: it grows by a cubic, quickly at first, while many weights are dispensable."""
    done = (jnp.asarray(step, jnp.float32) + 1 - plan.begin) / (plan.end + 1 - plan.begin)
    return jnp.float32(plan.target) * (1 - (1 - jnp.clip(done, 0, 1)) ** 3)


def masks(params: Any, sparsity: Any) -> Any:
    """Which weights stay: all but the smallest of each kernel, and all biases."""
    return jax.tree.map(lambda array: _mask(array, sparsity), params)


def apply(params: Any, masks: Any) -> Any:
    """The parameters with zeros where a mask is false."""
    return jax.tree.map(lambda array, mask: jnp.where(mask, array, 0), params, masks)


def pruned(before: Any, after: Any, step: Any, plan: Plan) -> Any:
    """The parameters after a step: what was pruned before it stays zero, and more is pruned when it is due."""
    begun = step >= plan.begin
    still = jax.tree.map(lambda old: (old != 0) | (jnp.ndim(old) < 2) | ~begun, before)
    kept = apply(after, still)
    due = begun & (step <= plan.end) & (((step - plan.begin) % plan.every == 0) | (step == plan.end))
    return jax.lax.cond(due, lambda params: apply(params, masks(params, sparsity_at(step, plan))), lambda x: x, kept)


def _mask(array: jax.Array, sparsity: Any) -> jax.Array:
    if array.ndim < 2:
        return jnp.ones(array.shape, bool)
    magnitudes = jnp.abs(array)
    count = jnp.round(jnp.asarray(sparsity, jnp.float32) * array.size).astype(jnp.int32)
    # equal magnitudes share their fate, so that what is zero already is never counted as staying
    limit = jnp.where(count > 0, jnp.sort(magnitudes.ravel())[jnp.maximum(count - 1, 0)], -1.0)
    return magnitudes > limit
