"""Activations as configurations name them, and what each generation of Keras means by a name."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from totfjs.graph.builder import Builder
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.activations import FUNCTIONS, function_of, held, name_of

# Not a function of one tensor.
_OF_MORE = {"threshold", "get", "serialize", "deserialize"}


def _function(name: str, **more: Any) -> dict[str, Any]:
    return {"class_name": "function", "config": name, **more}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("relu", "relu"),
        (_function("gelu", module="keras.activations", registered_name="gelu"), "gelu"),
        (_function("gelu", module="builtins", registered_name="function"), "gelu"),
        (_function("relu", module="mine", registered_name="relu"), "mine.relu"),
        (_function("relu", module=None, registered_name="mine>relu"), "mine>relu"),
        ({"class_name": "relu", "config": {}}, "relu"),
        ({"class_name": "ReLU", "config": {}, "module": "keras.layers"}, None),
    ],
)
def test_an_activation_is_named_in_every_form(written: Any, name: str | None) -> None:
    assert name_of(written) == name


def test_every_activation_of_keras_is_known() -> None:
    there = {name for name in dir(keras.activations) if not name.startswith("_")}
    assert there - _OF_MORE - set(FUNCTIONS) == set()


@pytest.mark.parametrize(("generation", "slope"), [(1, 0.2), (2, 0.2), (3, 1 / 6)])
def test_hard_sigmoid_is_that_of_the_generation(generation: int, slope: float) -> None:
    x = np.float32([-9, -2.8, -1, 0, 1, 2.8, 9])
    builder = Builder(("cpu", "wasm"))
    function = function_of("hard_sigmoid", generation)
    assert function is not None
    graph = builder.build({"y": function(builder.input("x", DType.FLOAT32, (7,)))})
    (y,) = interpret(graph, {"x": x}).values()
    np.testing.assert_allclose(y, np.clip(slope * x + 0.5, 0, 1), rtol=1e-6, atol=1e-7)


def test_layers_among_activations_are_held() -> None:
    written = {"class_name": "LeakyReLU", "config": {"name": "leaky", "alpha": 0.1}, "module": "keras.layers"}
    found = held(Layer("Dense", "dense", {"activation": written}, generation=2))
    assert {key: layer.kind for key, layer in found.items()} == {"activation": "LeakyReLU"}
    assert held(Layer("Dense", "dense", {"activation": "relu"})) == {}
