"""A small model of Keras 3, trained for a step so that its optimizer has variables too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def trained() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    image = keras.Input((4, 4, 1), name="image")
    x = keras.layers.Conv2D(2, 3, name="conv")(image)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(12, name="wide")(x)
    model = keras.Model(image, keras.layers.Dense(3, name="scores")(x), name="small")
    model.compile("adam", "mse")
    model.fit(np.ones((2, 4, 4, 1)), np.ones((2, 3)), verbose=0)
    return model
