"""A small network that really reads digits, trained in seconds on those of scikit-learn and on lines of a mouse."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import totfjs
from jax_to_tfjs_demo.conversion import Origin
from jax_to_tfjs_demo.data import Dataset, load, scaled
from tests.demo.site.mirror import drawn, prepared
from tests.demo.site.visit import ONE, SEVEN

EPOCHS, BATCH = 16, 50
SHAPES = {"conv_1": (5, 5, 1, 8), "conv_2": (3, 3, 8, 24), "dense": (7 * 7 * 24, 10)}
Weights = Mapping[str, Any]


def quiet(_: str) -> None:
    """Tests say nothing."""


@cache
def digits() -> Dataset:
    return load("digits", log=quiet)


def logits(weights: Weights, image: Any) -> Any:
    convolve = partial(
        jax.lax.conv_general_dilated,
        window_strides=(2, 2),
        padding="SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    found = jax.nn.relu(convolve(image, weights["conv_1"]))
    found = jax.nn.relu(convolve(found, weights["conv_2"]))
    return found.reshape(-1, 7 * 7 * 24) @ weights["dense"] + weights["bias"]


@cache
def trained() -> tuple[Weights, float]:
    """The weights, and the share of the test images that they read rightly."""
    dataset, random = digits(), np.random.default_rng(0)
    weights: Weights = {
        name: (random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))).astype(np.float32)
        for name, shape in SHAPES.items()
    } | {"bias": np.zeros(10, np.float32)}
    optimizer = optax.adam(2e-3)
    state = optimizer.init(weights)

    def loss(weights: Weights, image: Any, label: Any) -> Any:
        return optax.softmax_cross_entropy_with_integer_labels(logits(weights, image), label).mean()

    @jax.jit
    def step(weights: Weights, state: Any, image: Any, label: Any) -> Any:
        updates, state = optimizer.update(jax.grad(loss)(weights, image, label), state)
        return optax.apply_updates(weights, updates), state

    lines, meant = _lines(random)
    images = np.concatenate([scaled(dataset.train_images), *[lines] * 4])
    labels = np.concatenate([dataset.train_labels.astype(np.int32), *[meant] * 4])
    for _ in range(EPOCHS):
        order = random.permutation(len(images))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            # digits are not always in the very middle, and some pens are thinner
            moved = np.roll(images[rows], random.integers(-1, 2, 2), (1, 2))
            moved = np.clip((moved - random.uniform(0, 0.5)) * 3, 0, 1)
            weights, state = step(weights, state, moved, labels[rows])
    found = np.argmax(logits(weights, scaled(dataset.test_images)), -1)
    return jax.tree.map(np.asarray, weights), float(np.mean(found == dataset.test_labels))


def _lines(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ones and sevens of unsteady hands: scikit-learn's are not of lines."""
    hands = [(digit, points) for digit, points in ((1, ONE), (7, SEVEN)) for _ in range(25)]
    images = [prepared(drawn(np.asarray(points) + random.normal(0, 0.03, (len(points), 2)))) for _, points in hands]
    return np.float32(images)[..., None], np.int32([digit for digit, _ in hands])


def write(directory: Path, quantization: str = "none", *, model: str = "small", **changes: Any) -> Path:
    """The network as a web model of the demo."""
    weights, accuracy = trained()
    facts = {"framework": "JAX", "checkpoint": "checkpoints/small/1", "step": 1, "accuracy": accuracy, "data": "digits"}
    numbers = sum(value.size for value in weights.values())
    origin = Origin(**{
        "model": model, "quantization": quantization, "parameters": numbers, "fingerprint": "0", **facts, **changes,
    })  # fmt: skip
    totfjs.convert(
        lambda image: {"logits": logits(jax.tree.map(jnp.asarray, weights), image)},
        directory,
        inputs={"image": ("b", 28, 28, 1)},
        quantize=None if quantization == "none" else quantization,
        metadata=origin.metadata(),
        verify="off",
    )
    return directory
