"""Small states of training, and checkpoints of them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.training.train_state import TrainState

from jax_to_tfjs_demo.checkpoints.store import Store

TX = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-2))


def small_state(seed=0, width=8):
    kernel, bias = jax.random.split(jax.random.key(seed))
    params = {"dense": {"kernel": jax.random.normal(kernel, (4, width)), "bias": jax.random.normal(bias, (width,))}}
    return TrainState.create(apply_fn=None, params=params, tx=TX)


@partial(jax.jit, donate_argnums=0)
def trained(state):
    return state.apply_gradients(grads=jax.tree.map(lambda x: jnp.sin(3 * x) + 0.1, state.params))


def saved(directory, accuracies, keep=3):
    """Epochs of these accuracies; what each of them was, as numpy."""
    state, expected = small_state(), {}
    with Store(directory, keep) as store:
        for epoch, accuracy in enumerate(accuracies, 1):
            state = trained(state)
            expected[epoch] = jax.tree.map(np.array, state)
            store.save(epoch, state, {"epoch": epoch, "accuracy": accuracy, "loss": 1 - accuracy})
    return expected


def same(one, other):
    """Bit for bit, with the same structure."""
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


def trained_to(directory, last, width=8):
    """The state after epoch `last` of a training that goes on after what is there."""
    with Store(directory) as store:
        state, progress = store.restore(small_state(width=width)) or (small_state(width=width), {"epoch": 0})
        for epoch in range(progress["epoch"] + 1, last + 1):
            state = trained(state)
            store.save(epoch, state, {"epoch": epoch, "accuracy": 1 / epoch})
    return jax.tree.map(np.array, state)
