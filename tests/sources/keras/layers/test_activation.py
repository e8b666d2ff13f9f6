"""Layers that apply an activation, as each generation of Keras wrote and meant them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from totfjs.graph.builder import Builder
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import Call, Layer, leaves
from totfjs.sources.keras.lower import Lowering
from totfjs.sources.keras.parsing.layer import parse_layer
from totfjs.sources.keras.use import Flow

X = np.float32([[1, 2, 3], [-4, 5, -6]])


def _computed(layer: Layer, x: np.ndarray, mask: np.ndarray | None = None) -> Any:
    builder = Builder(("cpu", "wasm"))
    fed = {"x": x} if mask is None else {"x": x, "mask": mask}
    given = [builder.input(name, DType.BOOL if name == "mask" else DType.FLOAT32, item.shape)
             for name, item in fed.items()]  # fmt: skip
    call = Call((Flow(*given),))
    (flow,) = leaves(Lowering(builder).call(layer, call), Flow)
    return interpret(builder.build({"y": flow.tensor}), fed)["y"]


def test_masked_classes_have_no_share_and_before_keras_3_share_when_all_are_masked() -> None:
    mask = np.bool_([[1, 0, 1], [0, 0, 0]])
    shares = np.exp(X[0]) * mask[0] / (np.exp(X[0]) * mask[0]).sum()
    now, before = (_computed(Layer("Softmax", "s", {}, generation=number), X, mask) for number in (3, 2))
    np.testing.assert_allclose(now, [shares, [0, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(before, [shares, [1 / 3] * 3], rtol=1e-6)


@pytest.mark.parametrize("written", [0.1, {"type": "ndarray", "value": 0.1}])
@pytest.mark.parametrize("key", ["alpha", "negative_slope"])
def test_a_slope_is_read_in_every_form(key: str, written: Any) -> None:
    layer = parse_layer({"class_name": "LeakyReLU", "config": {"name": "leaky", key: written}}, 2)
    np.testing.assert_allclose(_computed(layer, X), np.where(X < 0, 0.1 * X, X), rtol=1e-6)


def test_a_thresholded_relu_is_that_of_keras_2() -> None:
    layer = Layer("ThresholdedReLU", "thresholded", {"theta": 2.0}, generation=2)
    np.testing.assert_array_equal(_computed(layer, X), np.where(X > 2, X, 0))
