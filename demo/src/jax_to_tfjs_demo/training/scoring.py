"""How good parameters are on all test images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jax_to_tfjs_demo.models import Model
from jax_to_tfjs_demo.training.data import Labelled, pixels
from jax_to_tfjs_demo.training.devices import Devices

CLASSES = 10
# How many images are scored at once.
MOST = 1000


@dataclass(frozen=True)
class Score:
    """The mean loss, the share of images that were guessed right, and `confusion[true, guessed]`."""

    loss: float
    accuracy: float
    confusion: np.ndarray


def batch_size(devices: Devices, images: int) -> int:
    """How many images are scored at once, of so many."""
    return -(-min(MOST, images) // len(devices)) * len(devices)


@cache
def scorer(model: Model, devices: Devices, size: int) -> Callable[[Any, Labelled], Score]:
    """A function of parameters and of images in batches of a size, compiled when it is first called."""

    def counted(params: Any, data: Labelled) -> tuple[jax.Array, jax.Array]:
        def batch(images: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
            logits = model.logits(params, pixels(devices.shared(images)))
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, jnp.maximum(labels, 0))
            # a label of -1 is none of the classes, and its row is zeros
            truths, guesses = jax.nn.one_hot(labels, CLASSES), jax.nn.one_hot(logits.argmax(-1), CLASSES)
            return jnp.where(labels < 0, 0, losses).sum(), truths.T @ guesses

        batches = jax.tree.map(lambda array: array.reshape(-1, size, *array.shape[1:]), data)
        losses, confusions = jax.lax.map(lambda pair: batch(*pair), tuple(batches))
        return losses.sum(), confusions.astype(jnp.int32).sum(0)

    compiled = jax.jit(counted, out_shardings=devices.whole)

    def score(params: Any, data: Labelled) -> Score:
        loss, confusion = jax.device_get(compiled(params, data))
        count = int(confusion.sum())
        return Score(float(loss) / count, float(np.trace(confusion)) / count, confusion)

    return score
