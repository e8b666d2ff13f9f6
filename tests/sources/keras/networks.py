"""Architectures of keras.applications with random weights, made without compiling anything but the network itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np


def network(name: str, size: int, images: int = 4, **options: Any) -> tuple[Any, np.ndarray]:
    """The model for images of so many pixels, and some images; statistics are those of the images."""
    import keras

    random = np.random.default_rng(0)
    with keras.StatelessScope():  # the variables get their values when it ends
        model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), **options)
        for variable in model.variables:
            if "seed_generator" not in variable.path:
                variable._initializer = partial(_drawn, random, variable.name)
    shown = random.normal(size=(images, size, size, 3)).astype(np.float32)
    if any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers):
        shown = 128 + 60 * shown
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    _settle(model, shown)
    return model, shown


def predicted(model: Any, images: np.ndarray) -> np.ndarray:
    """What Keras predicts, compiled as a whole: much faster than operation by operation."""
    return predictor(model)(images)


def predictor(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The compiled network."""
    import jax

    values = [[variable.value for variable in kind] for kind in _state(model)]
    compute = jax.jit(lambda state, x: model.stateless_call(*state, x, training=False)[0])
    return lambda images: np.asarray(compute(values, images))


def _drawn(random: np.random.Generator, name: str, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
    """Kernels keep the scale of what goes through them; nothing else is what it starts with."""
    if len(shape) > 1:
        values = random.normal(0, np.prod(shape[:-1]) ** -0.5 if shape[-1] > 1 else 0.3, shape)
    else:
        values = random.normal(0.0 if name in ("bias", "beta", "moving_mean") else 1.0, 0.1, shape)
    return values.astype(np.float32)


def _settle(model: Any, images: np.ndarray) -> None:
    """Lets normalisations take their statistics from images, so that activations stay within bounds.

    A part of what they start with stays: without it a few images of few pixels make networks that amplify any rounding.
    """
    import jax
    import keras

    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.1
    values = [[variable.value for variable in kind] for kind in _state(model)]
    _, found = jax.jit(lambda state, x: model.stateless_call(*state, x, training=True))(values, images)
    for variable, value in zip(model.non_trainable_variables, found, strict=True):
        variable.assign(value)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum


def _state(model: Any) -> tuple[Any, Any]:
    return model.trainable_variables, model.non_trainable_variables
