"""The images as they lie on the devices, and in which order they are learnt."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jax_to_tfjs_demo.data.dataset import Dataset


class Labelled(NamedTuple):
    """Images [n, 28, 28] as bytes, and what they show [n]."""

    images: jax.Array
    labels: jax.Array


def training_part(dataset: Dataset) -> Labelled:
    """All training images."""
    return _labelled(dataset.train_images, dataset.train_labels)


def scoring_part(dataset: Dataset, batch_size: int) -> Labelled:
    """All test images, filled up to whole batches with images of the label -1, which counts for nothing."""
    missing = -len(dataset.test_images) % batch_size
    images = np.pad(dataset.test_images, ((0, missing), (0, 0), (0, 0)))
    return _labelled(images, np.pad(dataset.test_labels.astype(np.int32), (0, missing), constant_values=-1))


def pixels(images: jax.Array) -> jax.Array:
    """Bytes as the models take them: float32 from 0 to 1, with one channel."""
    return (images.astype(jnp.float32) / 255)[..., None]


def order(seed: int, epoch: jax.Array, count: int) -> jax.Array:
    """The order of `count` images in an epoch, by nothing but the seed and the epoch.

    What does not fill a last batch is left out: other images each epoch, because the order is another.
    """
    return jax.random.permutation(epoch_key(seed, epoch), count)


def epoch_key(seed: int, epoch: jax.Array) -> jax.Array:
    """Where all chance of an epoch comes from."""
    return jax.random.fold_in(jax.random.key(seed), epoch)


def _labelled(images: np.ndarray, labels: np.ndarray) -> Labelled:
    return Labelled(np.ascontiguousarray(images, np.uint8), labels.astype(np.int32))
