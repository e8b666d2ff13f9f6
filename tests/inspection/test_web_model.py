"""What `inspect` tells of web models: facts that are known of small ones."""

import json

import numpy as np
import pytest

import totfjs
from tests.verification.models import affine, write
from totfjs.cli import main
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.types import DType
from totfjs.inspection.legality import Obstacle
from totfjs.weights.read import SpanSlice


def _many(layers: int):
    """y = x + one weight of each layer, of which `big` is large."""
    builder = Builder()
    total = builder.input("x", DType.FLOAT32, (symbol("b"), 8))
    for index in range(layers):
        total = total + builder.const(np.full(8, index, np.float32), name=f"net/block_{index}/dense/bias")
    big = builder.const(np.ones((8, 100), np.float32), name="net/big/kernel")
    return distinct(builder.build({"y": builder.op("MatMul", total, big)}))


def _waiting():
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"),))
    return distinct(builder.build({"places": builder.op("Where", builder.op("Greater", x, np.float32(0))), "same": x}))


def _on_all_but_wasm():
    """An op without a kernel on wasm, twice."""
    builder = Builder(("cpu",))
    x = builder.input("x", DType.FLOAT32, (3, 3))
    twice = builder.op("Einsum", builder.op("Einsum", x, x, equation="ij,jk->ik"), x, equation="ij,jk->ik")
    return distinct(builder.build({"y": twice}))


def test_nodes_ops_and_dims(tmp_path):
    info = totfjs.inspect(write(affine(), tmp_path / "web"))
    assert dict(info.ops) == {"AddV2": 1, "Mul": 1, "Placeholder": 1}
    assert (info.program.nodes, info.program.constants, info.program.functions) == (5, 2, ())
    assert (info.inputs, info.outputs, info.dims) == ({"x": "float32[b, 3]"}, {"y": "float32[b, 3]"}, ("b",))
    assert info.program.waits == ()
    assert set(info.legality.backends.values()) == {True}
    assert "  5 nodes, 2 of them constants; predict or execute runs it" in str(info).splitlines()


def test_ops_that_wait(tmp_path):
    info = totfjs.inspect(write(_waiting(), tmp_path / "web"))
    assert info.program.waits == ("Where",)
    assert "needs executeAsync: it holds Where" in str(info)
    assert info.outputs["places"].endswith(", 1]")


def test_ops_that_no_output_needs_wait_for_nothing(tmp_path):
    directory = write(_waiting(), tmp_path / "web")
    document = json.loads((directory / "model.json").read_text())
    del document["signature"]["outputs"]["places"]
    (directory / "model.json").write_text(json.dumps(document))
    assert totfjs.inspect(directory).program.waits == ()


def test_a_backend_that_cannot_run_it_is_told_with_the_node(tmp_path, capsys):
    directory = write(_on_all_but_wasm(), tmp_path / "web")
    legality = totfjs.inspect(directory).legality
    assert legality.backends == {"cpu": True, "wasm": False, "webgl": True, "webgpu": True}
    reason = "the backend has no kernel for it"
    assert legality.obstacles == tuple(
        Obstacle(name, "Einsum", ("wasm",), "throws", reason) for name in ("Einsum", "Einsum_1")
    )
    assert main(["inspect", str(directory)]) == 0
    text = capsys.readouterr().out
    assert "may run on cpu, webgl, webgpu by the limits of its ops" in text
    assert f"not on wasm: Einsum 'Einsum' and 1 more: {reason} (throws)" in text
    assert main(["inspect", str(directory), "--all"]) == 0
    assert f"not on wasm: Einsum 'Einsum_1': {reason} (throws)" in capsys.readouterr().out


def test_an_op_that_no_backend_has(tmp_path):
    directory = write(affine(), tmp_path / "web")
    text = (directory / "model.json").read_text()
    (directory / "model.json").write_text(text.replace('"op":"AddV2"', '"op":"Mystery"'))
    legality = totfjs.inspect(directory).legality
    assert legality.untold == "Node 'AddV2': TensorFlow.js has no op Mystery."
    assert legality.obstacles == (
        Obstacle("AddV2", "Mystery", ("cpu", "wasm", "webgl", "webgpu"), "throws", "TensorFlow.js has no such op"),
    )
    assert "where it may run is not told" in str(totfjs.inspect(directory))


def test_a_graph_that_others_wrote_otherwise_is_described_as_far_as_it_goes(tmp_path):
    directory = write(affine(), tmp_path / "web")
    document = json.loads((directory / "model.json").read_text())
    for node in document["modelTopology"]["node"]:
        node.pop("attr")
    document["signature"]["outputs"]["lost"] = {"dtype": "DT_FLOAT"}
    (directory / "model.json").write_text(json.dumps(document))
    info = totfjs.inspect(directory)
    assert info.legality.untold.startswith("its graph is not one that can be read (KeyError")
    assert info.program.nodes == 5 and len(info.weights) == 2
    assert "where it may run is not told" in str(info)


def test_quantized_weights_are_counted_by_what_they_are_and_what_is_stored(tmp_path):
    info = totfjs.inspect(write(_many(3), tmp_path / "web", quantize={"*kernel": "uint8"}))
    rows = {(row.dtype, row.stored): (row.weights, row.bytes, row.memory, row.saved) for row in info.storage}
    assert rows == {("float32", "uint8"): (1, 800, 3200, 2400), ("float32", "float32"): (3, 96, 96, 0)}
    assert "1 float32 weight stored as uint8: 800 bytes instead of 3,200" in str(info)


def test_many_weights_are_grouped_and_all_lists_them(tmp_path, capsys):
    directory = write(_many(200), tmp_path / "web")
    info = totfjs.inspect(directory)
    assert len(info.weights) == 201 and len(str(info).splitlines()) < 45
    assert info.groups[-1].weights + len(info.groups) - 1 == 201
    assert "net/big" in {group.name for group in info.groups}
    assert sum(group.bytes for group in info.groups) == sum(info.shards.values())
    assert main(["inspect", str(directory), "--all"]) == 0
    assert capsys.readouterr().out.count("/dense/bias: float32[8]") == 200


def test_no_weight_is_read_that_is_no_shape(tmp_path, monkeypatch):
    directory = write(_many(2), tmp_path / "web")

    def refuse(self, limit=0):
        raise AssertionError(f"{self} was read")

    document = json.loads((directory / "model.json").read_text())
    assert document["weightsManifest"][0]["weights"][-1]["shape"] == [8, 100]
    read = SpanSlice.chunks
    monkeypatch.setattr(SpanSlice, "chunks", lambda self, limit=0: refuse(self) if self.size > 256 else read(self))
    assert totfjs.inspect(directory).legality.untold == ""


def test_layers_models_have_layers_and_no_ops(tmp_path):
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")])
    totfjs.convert(model, tmp_path / "web", to="layers", verify="off")
    info = totfjs.inspect(tmp_path / "web")
    assert info.format == "layers-model" and [row.path for row in info.layers][-1] == "dense"
    assert info.legality.untold.startswith("It is a layers model")
    assert set(info.legality.backends.values()) == {None}
    assert [group.name for group in info.groups] == ["dense"]


def test_the_facts_as_json(tmp_path, capsys):
    directory = write(affine(), tmp_path / "web")
    assert main(["inspect", str(directory), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["legality"] == {
        "backends": {"cpu": True, "wasm": True, "webgl": True, "webgpu": True},
        "obstacles": [],
        "untold": "",
    }
    assert told["program"]["nodes"] == 5 and told["ops"]["Mul"] == 1
    assert [row["stored"] for row in told["storage"]] == ["float32"]
    assert sum(group["bytes"] for group in told["groups"]) == 16
