"""Dtypes that TensorFlow.js does not have, between operations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.keras import opened
from totfjs.sources.keras.source import KerasModel

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def model_of(function: Any, dtype: str) -> KerasModel:
    import keras

    from totfjs.sources.keras.live import saved_of

    x = keras.Input((3,), dtype=dtype)
    return opened(saved_of(keras.Model(x, function(x))))


def test_half_precision_is_told() -> None:
    source = model_of(lambda x: x * 2, "float16")
    source.graph()
    assert "Operations compute in float16 in Keras, and in float32 here." in source.notes


def test_floats_and_comparisons_of_narrow_integers_are_as_they_are() -> None:
    source = model_of(lambda x: [x / 255, x > 3, x[:, 1:]], "uint8")
    pixels = np.array([[0, 255, 51]], np.int32)
    scaled, above, part = source.evaluate({next(iter(source.inputs)): pixels}).values()
    np.testing.assert_allclose(scaled, pixels / 255, rtol=1e-6)
    assert above.tolist() == [[False, True, True]] and part.tolist() == [[255, 51]]


def test_arithmetic_on_narrow_integers_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="wrap around where those of int32 do not"):
        model_of(lambda x: x * 2, "uint8").graph()


def test_an_argument_that_is_not_known_is_refused() -> None:
    from keras import ops

    source = model_of(lambda x: ops.mean(x, 1), "float32")
    given, mean = source.model.layers
    changed = replace(mean, config={**mean.config, "where": True})
    model = replace(source.model, layers=(given, changed))
    with pytest.raises(UnsupportedError, match="unexpected keyword argument 'where'"):
        replace(source, model=model).graph()
