"""A graph written as JSON is what TensorFlow.js parses, and reads back as the same graph."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from totfjs.conversion import model_json
from totfjs.errors import ModelFileError
from totfjs.graph.builder import Builder
from totfjs.graph.decode import decode
from totfjs.graph.dims import parse, symbol
from totfjs.graph.encode import attribute, distinct, topology, weights
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType


def model() -> Graph:
    b = Builder()
    image = b.input("image", DType.FLOAT32, (symbol("b"), 4, 4, 1))
    scale = b.input("0", DType.FLOAT32, ())
    kernel = b.const(np.ones((2, 2, 1, 3), np.float32), name="kernel")
    y = b.op("Conv2D", image, kernel, strides=(1, 2, 2, 1), padding="SAME", name="conv")
    flat = b.op("Reshape", y * scale, (-1, 12))
    return distinct(b.build({"logits": flat, "again": flat, "same": image}))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("int", 2**40, {"i": "1099511627776"}),
        ("float", 0.5, {"f": 0.5}),
        ("float", float("inf"), {"f": "Infinity"}),
        ("float", float("nan"), {"f": "NaN"}),
        ("bool", False, {"b": False}),
        ("string", "SAME", {"s": "U0FNRQ=="}),
        ("type", DType.INT32, {"type": "DT_INT32"}),
        ("shape", (), {"shape": {}}),
        ("shape", (symbol("b"), 0), {"shape": {"dim": [{"size": "-1"}, {"size": "0"}]}}),
        ("ints", (), {"list": {}}),
        ("ints", (1, -1), {"list": {"i": ["1", "-1"]}}),
        ("strings", ("BiasAdd",), {"list": {"s": ["Qmlhc0FkZA=="]}}),
        ("func", "body", {"func": {"name": "body", "attr": {}}}),
    ],
)
def test_attributes_are_written_as_the_runtime_reads_them(kind: str, value: Any, expected: Any) -> None:
    assert attribute(kind, value) == expected


def test_every_attribute_of_the_spec_is_written() -> None:
    nodes = {node["name"]: node for node in topology(model())["node"]}
    attrs = nodes["conv"]["attr"]
    assert attrs["strides"] == {"list": {"i": ["1", "2", "2", "1"]}}
    assert {"T", "padding", "data_format", "dilations", "explicit_paddings"} <= set(attrs)


def test_a_constant_carries_its_type_and_not_its_content() -> None:
    nodes = {node["name"]: node for node in topology(model())["node"]}
    tensor = nodes["kernel"]["attr"]["value"]["tensor"]
    assert tensor == {
        "dtype": "DT_FLOAT",
        "tensorShape": {"dim": [{"size": "2"}, {"size": "2"}, {"size": "1"}, {"size": "3"}]},
    }
    assert dict(weights(model()))["kernel"].shape == (2, 2, 1, 3)


def test_each_output_has_a_node_of_its_own() -> None:
    graph = model()
    assert len({value.node for value in graph.outputs.values()}) == 3
    assert graph.nodes[graph.outputs["same"].node].op == "Identity"


def test_inputs_and_outputs_keep_the_users_order() -> None:
    document = json.loads(json.dumps(model_json(model())))
    assert list(document["signature"]["outputs"]) == ["logits", "again", "same"]
    assert document["modelTopology"]["versions"].keys() == {"producer", "minConsumer"}


def test_what_was_written_runs_in_tensorflow_js(engine: Any) -> None:
    graph = model()
    manifest = [{"name": name, "shape": list(array.shape), "dtype": array.dtype.name} for name, array in weights(graph)]
    content = b"".join(array.numpy().tobytes() for _, array in weights(graph))
    document = {**model_json(graph), "weightsManifest": [{"paths": ["w"], "weights": manifest}]}
    image = np.arange(32, dtype=np.float32).reshape(2, 4, 4, 1)
    with engine.load(document, [content], backend="cpu") as session:
        outputs = session.execute({"image": image, "0": np.float32(2)})
    assert list(outputs) == ["logits", "again", "same"]
    np.testing.assert_array_equal(outputs["logits"], outputs["again"])
    np.testing.assert_array_equal(outputs["same"], image)


def test_reading_back_gives_the_same_graph() -> None:
    graph = model()
    document = json.loads(json.dumps(model_json(graph)))
    back = decode(document, dict(weights(graph)), graph.backends)
    assert {name: (node.op, node.inputs, node.types) for name, node in back.nodes.items()} == {
        name: (node.op, node.inputs, node.types) for name, node in graph.nodes.items()
    }
    assert (list(back.inputs), list(back.outputs)) == (list(graph.inputs), list(graph.outputs))
    assert topology(back) == topology(graph)


def test_dims_without_recorded_names_share_the_batch() -> None:
    document = model_json(model())
    del document["userDefinedMetadata"]
    back = decode(document, dict(weights(model())))
    assert back.type(back.inputs["image"]).shape[0] == parse("batch")


def test_a_model_with_an_op_that_does_not_exist_is_refused_by_its_node() -> None:
    document = json.loads(json.dumps(model_json(model())))
    document["modelTopology"]["node"][-1]["op"] = "MyCustomOp"
    with pytest.raises(ModelFileError, match=r"Node .same_output.: TensorFlow\.js has no op MyCustomOp"):
        decode(document, dict(weights(model())))
