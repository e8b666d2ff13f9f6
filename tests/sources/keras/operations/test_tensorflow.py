"""TensorFlow's functions as layers of tf-keras, and its ops as layers of tf.keras 2.0, by what numpy computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.keras import opened
from totfjs.sources.keras.reading.saved import Listed, Saved

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
OTHER = ["y", 0, 0]


def softmax(x: np.ndarray) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def norm(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).sum(1, keepdims=True))


FUNCTIONS: dict[str, tuple[dict[str, Any], Callable[[np.ndarray, np.ndarray], Any]]] = {
    "math.add": ({"y": OTHER}, lambda x, y: x + y),
    "__operators__.add": ({"y": 2}, lambda x, y: x + 2),
    "math.subtract": ({"y": OTHER, "name": None}, lambda x, y: x - y),
    "math.truediv": ({"y": 4}, lambda x, y: x / 4),
    "math.floordiv": ({"y": 0.3}, lambda x, y: x // np.float32(0.3)),
    "math.maximum": ({"y": OTHER}, lambda x, y: np.maximum(x, y)),
    "math.pow": ({"y": 3}, lambda x, y: x**3),
    "math.squared_difference": ({"y": OTHER}, lambda x, y: (x - y) ** 2),
    "math.greater": ({"y": 0.1}, lambda x, y: x > 0.1),
    "math.sigmoid": ({}, lambda x, y: 1 / (1 + np.exp(-x))),
    "compat.v1.math.tanh": ({}, lambda x, y: np.tanh(x)),
    "nn.leaky_relu": ({"alpha": 0.3}, lambda x, y: np.where(x > 0, x, 0.3 * x)),
    "nn.softmax": ({}, lambda x, y: softmax(x)),
    "nn.log_softmax": ({"axis": -1}, lambda x, y: np.log(softmax(x))),
    "nn.bias_add": ({"bias": [1.0, 2.0, 3.0, 4.0]}, lambda x, y: x + np.arange(1, 5)),
    "math.l2_normalize": ({"axis": 1}, lambda x, y: norm(x)),
    "math.reduce_max": ({"axis": -1}, lambda x, y: x.max(-1)),
    "math.reduce_std": ({"axis": [1]}, lambda x, y: x.std(1)),
    "math.reduce_sum": ({"axis": 0, "keepdims": True}, lambda x, y: x.sum(0, keepdims=True)),
    "math.argmax": ({}, lambda x, y: x.argmax(0)),
    "math.cumsum": ({"axis": 1, "exclusive": True}, lambda x, y: np.cumsum(x, 1) - x),
    "linalg.matmul": ({"b": OTHER, "transpose_b": True}, lambda x, y: x @ y.T),
    "clip_by_value": ({"clip_value_min": -0.2, "clip_value_max": 0.2}, lambda x, y: np.clip(x, -0.2, 0.2)),
    "cast": ({"dtype": "int32"}, lambda x, y: x.astype(np.int32)),
    "transpose": ({"perm": [1, 0]}, lambda x, y: x.T),
    "expand_dims": ({"axis": 1}, lambda x, y: x[:, None]),
    "tile": ({"multiples": [1, 2]}, lambda x, y: np.tile(x, (1, 2))),
    "repeat": ({"repeats": 2, "axis": 1}, lambda x, y: np.repeat(x, 2, 1)),
    "reverse": ({"axis": [1]}, lambda x, y: x[:, ::-1]),
    "roll": ({"shift": 1, "axis": 1}, lambda x, y: np.roll(x, 1, 1)),
    "pad": ({"paddings": [[0, 0], [1, 2]], "mode": "REFLECT"}, lambda x, y: np.pad(x, ((0, 0), (1, 2)), "reflect")),
    "gather": ({"indices": [2, 0], "axis": 1}, lambda x, y: x[:, [2, 0]]),
    "slice": ({"begin": [0, 1], "size": [-1, 2]}, lambda x, y: x[:, 1:3]),
    "split": ({"num_or_size_splits": [1, 3], "axis": 1}, lambda x, y: [x[:, :1], x[:, 1:]]),
    "unstack": ({"axis": 1}, lambda x, y: list(x.T)),
    "ones_like": ({}, lambda x, y: np.ones_like(x)),
    "norm": ({"axis": 1}, lambda x, y: np.linalg.norm(x, axis=1)),
    "identity": ({}, lambda x, y: x),
}


def computed(layer: dict[str, Any], outputs: int = 1) -> list[np.ndarray]:
    """What a layer of a functional model gives for X and Y."""
    source = [
        {"class_name": "InputLayer", "name": name, "inbound_nodes": [],
         "config": {"name": name, "batch_input_shape": [None, 4], "dtype": "float32"}}
        for name in ("x", "y")
    ]  # fmt: skip
    config = {
        "name": "model",
        "layers": [*source, layer],
        "input_layers": [["x", 0, 0], ["y", 0, 0]],
        "output_layers": [[layer["name"], 0, port] for port in range(outputs)],
    }
    saved = Saved(
        Path("m.h5"), "", "2.15.0", {"class_name": "Functional", "config": config}, None, Listed({"x": (), "y": ()})
    )
    return list(opened(saved).evaluate({"x": X, "y": Y}).values())


def function(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A layer that calls one of TensorFlow's functions with x."""
    config = {"name": "op", "trainable": True, "dtype": "float32", "function": name}
    return {"class_name": "TFOpLambda", "name": "op", "config": config, "inbound_nodes": [["x", 0, 0, arguments]]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_tensorflow_means_what_it_does_there(name: str) -> None:
    arguments, meaning = FUNCTIONS[name]
    expected = meaning(X, Y)
    expected = expected if isinstance(expected, list) else [expected]
    for found, wanted in zip(computed(function(name, arguments), len(expected)), expected, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("nn.ctc_loss", {}, "tf.nn.ctc_loss has no counterpart here"),
        ("math.tanh", {"precise": True}, "its argument precise is not supported"),
        ("cast", {"dtype": "uint8"}, "wraps around"),
        ("gather", {"indices": [0], "batch_dims": 1}, "batch_dims of gather"),
        ("reshape", {"shape": [-1, 2], "order": "F"}, "not understood"),
    ],
)
def test_what_is_not_known_of_tensorflow_is_refused(name: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        computed(function(name, arguments))


def node(op: str, constants: dict[str, Any], inputs: int, **attrs: Any) -> dict[str, Any]:
    """A layer that holds an op of TensorFlow with its attributes."""
    definition = {"name": op, "op": op, "input": [str(index) for index in range(inputs)], "attr": attrs}
    config = {"name": "op", "trainable": True, "dtype": "float32", "node_def": definition, "constants": constants}
    tensors = ["x", "y"][: inputs - len(constants)]
    return {"class_name": "TensorFlowOpLayer", "name": "op", "config": config,
            "inbound_nodes": [[[name, 0, 0, {}] for name in tensors]]}  # fmt: skip


FLOAT = {"type": "DT_FLOAT"}
NODES = [
    (node("Mul", {"1": 2.0}, 2, T=FLOAT), 2 * X),
    (node("Sub", {"0": 1.0}, 2, T=FLOAT), 1 - X),
    (node("AddV2", {}, 2, T=FLOAT), X + Y),
    (node("Mean", {"1": [1]}, 2, T=FLOAT, keep_dims={"b": True}), X.mean(1, keepdims=True)),
    (node("Cast", {}, 1, SrcT=FLOAT, DstT={"type": "DT_INT32"}), X.astype(np.int32)),
    (node("StridedSlice", {"1": [0, 1], "2": [0, 3], "3": [1, 1]}, 4, T=FLOAT, begin_mask={"i": "1"},
          end_mask={"i": "1"}, ellipsis_mask={"i": "0"}), X[:, 1:3]),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected"), NODES)
def test_an_op_of_tensorflow_is_taken_with_its_constants(layer: dict[str, Any], expected: np.ndarray) -> None:
    (found,) = computed(layer)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_an_op_that_the_runtime_lacks_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="the op BesselJ0 is none"):
        computed(node("BesselJ0", {}, 1))
