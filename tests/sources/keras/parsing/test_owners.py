"""Weights of a nested model are those of the layers that they name."""

from __future__ import annotations

from dataclasses import replace

import keras
import pytest
from keras import layers

from totfjs.errors import WeightsMismatchError
from totfjs.sources.keras import opened
from totfjs.sources.keras.live import saved_of
from totfjs.sources.keras.reading.saved import Listed


def test_weights_in_another_order_than_their_layers_are_refused() -> None:
    inner = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3, name="one"), layers.Dense(3, name="two")], name="inner"
    )
    x = keras.Input((3,), name="x")
    saved = saved_of(keras.Model(x, inner(x)))
    assert isinstance(saved.weights, Listed)
    one, two = saved.weights.layers["inner"][:2], saved.weights.layers["inner"][2:]
    assert [layer.name for layer in opened(saved).model.layer("inner").model.layers[1:]] == ["one", "two"]  # type: ignore[union-attr]
    swapped = Listed({**saved.weights.layers, "inner": (*two, *one)})
    with pytest.raises(WeightsMismatchError, match=r"two/kernel' stands where that of one is"):
        opened(replace(saved, weights=swapped))
