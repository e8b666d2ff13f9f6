"""How large the steps are as a training goes on."""

from __future__ import annotations

from typing import Any

import optax

from jax_to_tfjs_demo.training.settings import Settings

WARMUP = 0.05  # the share of all steps in which they grow


def learning_rate(settings: Settings, steps: int) -> Any:
    """A number, or for `cosine` a function of the step: up from zero at first, down to zero at the last of `steps`."""
    if settings.schedule == "constant":
        return settings.lr
    warmup = max(1, round(WARMUP * steps))
    return optax.warmup_cosine_decay_schedule(0.0, settings.lr, warmup, max(steps, warmup + 1))
