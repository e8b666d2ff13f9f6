"""The loop of Flax's own examples: a Linen module and its TrainState, a step jitted, batches from numpy."""

from __future__ import annotations

import sys

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training.train_state import TrainState
from turns import take

BATCH = 32


class CNN(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Conv(32, (3, 3))(x))
        x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = nn.relu(nn.Conv(64, (3, 3))(x))
        x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = x.reshape((x.shape[0], -1))
        x = nn.relu(nn.Dense(128)(x))
        return nn.Dense(10)(x)


@jax.jit
def step(state, images, labels):
    def loss_of(params):
        logits = state.apply_fn({"params": params}, images)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), logits

    (loss, logits), gradients = jax.value_and_grad(loss_of, has_aux=True)(state.params)
    return state.apply_gradients(grads=gradients), loss, (logits.argmax(-1) == labels).mean()


with np.load(sys.argv[1]) as arrays:
    images, labels = np.float32(arrays["images"])[..., None] / 255, np.int32(arrays["labels"])
cnn = CNN()
params = cnn.init(jax.random.key(0), jnp.ones((1, 28, 28, 1)))["params"]
state = TrainState.create(apply_fn=cnn.apply, params=params, tx=optax.adam(0.001))
random = np.random.default_rng(0)


def train() -> float:
    global state
    losses = []
    for chosen in random.permutation(len(images))[: len(images) // BATCH * BATCH].reshape(-1, BATCH):
        state, loss, _ = step(state, images[chosen], labels[chosen])
        losses.append(loss)
    return float(np.mean(jax.device_get(losses)))


take(train)
