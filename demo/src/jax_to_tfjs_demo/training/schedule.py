"""How large the steps are as a training goes on."""

from __future__ import annotations

from typing import Any

import optax

from jax_to_tfjs_demo.training.settings import Settings

DECAY = 0.6  # what each epoch leaves of them
WARMUP = 0.05  # the share of all steps in which they grow


def learning_rate(settings: Settings, steps: int) -> Any:
    """A number, or a function of the step.

    With `decay` it is a little smaller at each step, however many epochs there will be; with `cosine` it goes up from
    zero at first, and down to zero at the last of all `steps` of a training.
    """
    if settings.schedule == "constant":
        return settings.lr
    if settings.schedule == "decay":
        return optax.exponential_decay(settings.lr, steps // settings.epochs, DECAY)
    warmup = max(1, round(WARMUP * steps))
    return optax.warmup_cosine_decay_schedule(0.0, settings.lr, warmup, max(steps, warmup + 1))
