"""Bins that older Keras learned, and what is refused of layers that change with training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.keras import opened
from totfjs.sources.keras.reading.saved import Listed, Saved
from totfjs.sources.keras.source import KerasModel
from totfjs.weights.array import as_array


def of_tf_keras(
    kind: str, shape: list[int], weights: dict[str, Any], call: dict[str, Any], **config: Any
) -> KerasModel:
    """A model of one layer, read from what a file of tf-keras holds."""
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, *shape], "dtype": "float32"},
         "name": "x", "inbound_nodes": []},
        {"class_name": kind, "config": {"name": "y", **config}, "name": "y", "inbound_nodes": [[["x", 0, 0, call]]]},
    ]  # fmt: skip
    functional = {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}
    listed = Listed({"y": tuple((f"y/{name}:0", as_array(np.float32(values))) for name, values in weights.items())})
    document = {"class_name": "Functional", "config": functional}
    return opened(Saved(Path("model.h5"), "HDF5", "2.15.0", document, None, listed))


@pytest.mark.parametrize("bins", [3, 5, 40])
def test_bins_that_were_learned_have_equal_weights(bins: int) -> None:
    from keras.src.layers.preprocessing.discretization import get_bin_boundaries

    random = np.random.default_rng(3)
    summary = np.stack([np.sort(random.normal(size=20)), random.uniform(1, 3, 20)]).astype(np.float32)
    model = of_tf_keras("Discretization", [9], {"summary": summary}, {}, bin_boundaries=None, num_bins=bins)
    x = random.normal(size=(4, 9)).astype(np.float32)
    expected = np.digitize(x, get_bin_boundaries(summary, bins))
    np.testing.assert_array_equal(model.evaluate({"x": x})["y"], expected)


MOMENTS = {name: [1.0, 2.0] for name in ("gamma", "beta", "moving_mean", "moving_variance")}


@pytest.mark.parametrize(
    ("kind", "weights", "config", "message"),
    [
        ("BatchNormalization", MOMENTS, {"axis": [1]}, "takes the moments of the batch"),
        ("RandomFlip", {}, {}, "random at inference"),
    ],
)
def test_models_of_tf_keras_that_train_when_they_predict_are_refused(
    kind: str, weights: dict[str, Any], config: dict[str, Any], message: str
) -> None:
    model = of_tf_keras(kind, [2], weights, {"training": True}, **config)
    with pytest.raises(UnsupportedError, match=message):
        model.graph()


def test_a_frozen_batch_normalization_uses_what_it_learned() -> None:
    model = of_tf_keras("BatchNormalization", [2], MOMENTS, {"training": True}, axis=[1], trainable=False, epsilon=0.0)
    expected = (np.float32([[3, 4]]) - [1, 2]) / np.sqrt([1, 2]) * [1, 2] + [1, 2]
    np.testing.assert_allclose(next(iter(model.evaluate({"x": np.float32([[3, 4]])}).values())), expected, rtol=1e-6)


def test_bins_that_were_never_learned_are_refused() -> None:
    model = of_tf_keras("Discretization", [2], {}, {}, bin_boundaries=None, num_bins=3)
    with pytest.raises(UnsupportedError, match="it has no boundaries"):
        model.graph()
