"""An epoch as compiled code: loops over batches that lie on the device, in a few parts so that progress can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.training.augment import augmented
from jax_to_tfjs_demo.training.data import Labelled, epoch_key, order, pixels
from jax_to_tfjs_demo.training.devices import Devices
from jax_to_tfjs_demo.training.prune import Plan, pruned
from jax_to_tfjs_demo.training.settings import Settings

# How many parts an epoch may have.
PARTS = range(10, 41)


class Measured(NamedTuple):
    """Means over the images of a part."""

    loss: jax.Array
    accuracy: jax.Array


@dataclass(frozen=True)
class Epochs:
    """The compiled functions of a training. `part` takes the state's memory for its result."""

    steps: int
    part_steps: int
    order: Callable[[int], jax.Array]
    part: Any  # of a state, the training images, their order, the epoch, its first step and how many

    def compile(self, state: TrainState, train: Labelled) -> None:
        """Compiles at once what would be when it is first called, so that what is timed is training alone."""
        batches = self.order(1)
        for length in {length for _, length in self.parts()}:
            self.part.lower(state, train, batches, 1, 0, length).compile()

    def parts(self) -> list[tuple[int, int]]:
        """The first step and the number of steps of each part of an epoch."""
        return [(first, min(self.part_steps, self.steps - first)) for first in range(0, self.steps, self.part_steps)]


@cache
def compiled(settings: Settings, devices: Devices, images: int) -> Epochs:
    """The functions for so many training images; each is compiled when it is first called."""
    steps = images // settings.batch_size
    plan = Plan(settings.prune, settings.epochs * steps) if settings.prune else None

    def ordered(epoch: jax.Array) -> jax.Array:
        chosen = order(settings.seed, epoch, images)[: steps * settings.batch_size]
        return chosen.reshape(steps, settings.batch_size)

    def part(
        state: TrainState, data: Labelled, batches: jax.Array, epoch: jax.Array, first: jax.Array, length: int
    ) -> tuple[TrainState, Measured]:
        numbers = first + jnp.arange(length)
        chosen = jax.lax.dynamic_slice_in_dim(batches, first, length)

        def step(state: TrainState, batch: tuple[jax.Array, jax.Array]) -> tuple[TrainState, Measured]:
            number, indices = batch
            indices = devices.shared(indices)
            key = jax.random.fold_in(epoch_key(settings.seed, epoch), number)
            parts = devices.parts(settings.batch_size)
            return _step(settings, plan, parts, state, pixels(data.images[indices]), data.labels[indices], key)

        state, measured = jax.lax.scan(step, state, (numbers, chosen))
        return state, Measured(*(values.mean() for values in measured))

    return Epochs(
        steps,
        part_length(steps),
        jax.jit(ordered, out_shardings=devices.whole),
        jax.jit(part, static_argnames="length", donate_argnames="state", out_shardings=devices.whole),
    )


def part_length(steps: int) -> int:
    """How many steps a part has: a divisor of all steps if a good one is found, as each length is compiled."""
    for parts in sorted(PARTS, key=lambda parts: abs(parts - 25)):
        if steps % parts == 0:
            return steps // parts
    return max(1, -(-steps // PARTS.start)) if steps > PARTS.start else steps


def _step(
    settings: Settings,
    plan: Plan | None,
    parts: int,
    state: TrainState,
    images: jax.Array,
    labels: jax.Array,
    key: jax.Array,
) -> tuple[TrainState, Measured]:
    if settings.augment:
        images = augmented(key, images)

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        logits = jnp.concatenate([_logits(settings, state, params, part) for part in jnp.split(images, parts)])
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), logits

    (value, logits), gradients = jax.value_and_grad(loss, has_aux=True)(state.params)
    right = (logits.argmax(-1) == labels).mean()
    after = state.apply_gradients(grads=gradients)
    if plan is not None:
        after = after.replace(params=pruned(state.params, after.params, state.step, plan))
    return after, Measured(value, right)


def _logits(settings: Settings, state: TrainState, params: Any, images: jax.Array) -> jax.Array:
    """The model's, computed in the precision asked for, from parameters which stay float32."""
    if settings.precision == "float32":
        return state.apply_fn(params, images)
    low = jax.tree.map(lambda array: array.astype(settings.precision), (params, images))
    return state.apply_fn(*low).astype(jnp.float32)
