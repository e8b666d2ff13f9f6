"""Varied images: each in a way of its own, by the key alone, and still images."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jax_to_tfjs_demo.data.dataset import Dataset, scaled
from jax_to_tfjs_demo.training import augment
from jax_to_tfjs_demo.training.augment import augmented


@pytest.fixture(scope="module")
def images(few: Dataset) -> jax.Array:
    return jnp.asarray(scaled(few.train_images[:8]))


def test_varies_each_image_in_a_way_of_its_own(images: jax.Array) -> None:
    same = jnp.tile(images[:1], (4, 1, 1, 1))
    found = np.asarray(jax.jit(augmented)(jax.random.key(0), same))
    assert found.shape == same.shape
    assert not any(np.array_equal(found[i], found[j]) for i in range(4) for j in range(i))


def test_depends_on_the_key_alone(images: jax.Array) -> None:
    vary = jax.jit(augmented)
    first, again, other = (np.asarray(vary(jax.random.key(seed), images)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_gives_images_of_the_same_range_and_about_the_same_ink(images: jax.Array) -> None:
    found = np.asarray(jax.jit(augmented)(jax.random.key(3), images))
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.asarray(images).sum() * 0.8 < found.sum() < np.asarray(images).sum() * 1.25


def test_nothing_is_varied_where_nothing_is_allowed_to_vary(images: jax.Array, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN", "SHEAR", "STRETCH", "MOVE", "BEND"):
        monkeypatch.setattr(augment, name, 0.0)
    np.testing.assert_allclose(augmented(jax.random.key(0), images), images, atol=1e-5)


def test_a_moved_image_is_read_at_the_moved_places() -> None:
    images = jnp.zeros((1, 4, 4)).at[0, 1, 2].set(1.0)
    grid = jnp.stack(jnp.meshgrid(jnp.arange(4.0), jnp.arange(4.0), indexing="ij"), -1)[None]
    found = augment._sampled(images, grid + jnp.array([1.0, 0.5]))
    expected = np.zeros((1, 4, 4))
    expected[0, 0, 1:3] = 0.5
    np.testing.assert_allclose(found, expected)
