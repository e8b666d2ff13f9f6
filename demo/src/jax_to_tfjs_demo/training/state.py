"""What a training carries from step to step: parameters, the optimizer's memory, the count of steps."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training.schedule import learning_rate
from jax_to_tfjs_demo.training.settings import Settings


def created(model: Model, settings: Settings, steps: int) -> TrainState:
    """The state before the first of all the `steps` of a training."""
    params = jax.tree.map(jnp.asarray, dict(model.init(settings.seed)))
    state = TrainState.create(apply_fn=model.logits, params=params, tx=_optimizer(settings, steps))
    return state.replace(step=jnp.zeros((), jnp.int32))


@cache
def _optimizer(settings: Settings, steps: int) -> Any:
    return optax.adam(learning_rate(settings, steps))
