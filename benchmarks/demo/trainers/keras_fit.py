"""Keras's own `fit`, on the backend that KERAS_BACKEND names."""

from __future__ import annotations

import sys

import keras
import numpy as np
from keras import layers
from turns import take

with np.load(sys.argv[1]) as arrays:
    images, labels = np.float32(arrays["images"])[..., None] / 255, np.int32(arrays["labels"])
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)


def train() -> float:
    return float(model.fit(images, labels, batch_size=32, epochs=1, verbose=0).history["loss"][0])


take(train)
