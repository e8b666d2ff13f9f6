import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from totfjs.errors import OutputError, QuantizationError
from totfjs.targets import write_graph_model
from totfjs.weights import Dense, read_manifest

RANDOM = np.random.default_rng(0)
WEIGHTS = {
    "float": RANDOM.normal(size=(7, 5)).astype(np.float32),
    "wide": np.array([1e-40, 0.1, -7.25]),
    "constant": np.full((3,), 0.1, np.float32),
    "zeros": np.zeros((2, 2), np.float32),
    "scalar": np.float32(-1.5),
    "int": np.arange(-3, 3),
    "bool": np.array([[True, False, True]]),
    "complex": np.array([1 + 2j, -3j], np.complex64),
    "string": np.array([["é", ""], ["long " * 5, "x"]], object),
    "empty": np.zeros((0, 4), np.float32),
    "empty string": np.zeros((0,), object),
    "last": RANDOM.normal(size=(11,)).astype(np.float16),
}
DTYPES = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL", "c": "DT_COMPLEX64", "O": "DT_STRING"}
HEADER = {"modelTopology": {"node": []}, "format": "graph-model", "signature": {"outputs": {}}, "own": 1}


def weights(given=WEIGHTS):
    return [(name, Dense(values)) for name, values in given.items()]


ONE = hashlib.sha256(np.float32([1]).tobytes()).hexdigest()


def test_the_json_is_compact_and_in_order(tmp_path):
    written = write_graph_model(tmp_path / "web", HEADER, weights({"w": np.float32([1])}))
    text = (tmp_path / "web" / "model.json").read_text()
    assert text == (
        '{"format":"graph-model","signature":{"outputs":{}},"modelTopology":{"node":[]},'
        f'"userDefinedMetadata":{{"totfjs":{{"shards":{{"group1-shard1of1.bin":{{"bytes":4,"sha256":"{ONE}"}}}}}}}},"own":1,'
        '"weightsManifest":[{"paths":["group1-shard1of1.bin"],'
        '"weights":[{"name":"w","shape":[1],"dtype":"float32"}]}]}'
    )
    assert written.files == ("model.json", "group1-shard1of1.bin")
    assert written.bytes == len(text) + 4
    assert written.path == tmp_path / "web"


def test_notes_come_once_per_weight_though_it_streams_twice(tmp_path):
    written = write_graph_model(tmp_path / "web", HEADER, weights({"w": np.array([0.1, 0.2])}), quantize="uint8")
    assert [type(note).__name__ for note in written.notes] == ["Narrowing", "Rounding"]


def test_numbers_that_json_cannot_write_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(OutputError, match=r"model\.json would hold a number that JSON cannot write"):
        write_graph_model(tmp_path / "web", {"modelTopology": {"f": float("nan")}}, weights())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_a_weight_is_refused(tmp_path):
    bad = {"a": np.float32([1, 2]), "b": np.float32([1, np.nan])}
    with pytest.raises(QuantizationError, match="'b' holds nan"):
        write_graph_model(tmp_path / "web", HEADER, weights(bad), quantize="uint8")
    assert list(tmp_path.iterdir()) == []


AGAIN = """
import sys
from tests.targets.test_graph_model import HEADER, weights, write_graph_model
write_graph_model(sys.argv[1], HEADER, weights(), quantize=["uint8:f*", "float16"], shard_size=100)
"""


def test_the_same_input_gives_the_same_bytes_under_any_hash_seed(tmp_path):
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", AGAIN, str(tmp_path / seed)], env=environment, check=True)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in "12")
    assert first == second
    assert len(first) == 3


def model_of(given):
    """A graph that returns each weight as an output."""
    nodes, outputs = [], {}
    for index, (name, values) in enumerate(given.items()):
        dtype = {"type": DTYPES[np.asarray(values).dtype.kind]}
        shape = {"dim": [{"size": str(dim)} for dim in np.shape(values)]}
        value = {"tensor": {"dtype": dtype["type"], "tensorShape": shape}}
        nodes.append({"name": name, "op": "Const", "attr": {"dtype": dtype, "value": value}})
        nodes.append({"name": f"out{index}", "op": "Identity", "input": [name], "attr": {"T": dtype}})
        outputs[name] = {"name": f"out{index}:0", "dtype": dtype["type"], "tensorShape": shape}
    topology = {"node": nodes, "library": {}, "versions": {"producer": 2000}}
    return {"format": "graph-model", "signature": {"inputs": {}, "outputs": outputs}, "modelTopology": topology}


def as_bytes(values):
    """Strings as TensorFlow.js holds them."""
    if values.dtype != object:
        return values
    return np.array([value.encode() for value in values.ravel()], object).reshape(values.shape)


def in_tensorflow_js(engine, directory):
    model = json.loads((directory / "model.json").read_text())
    shards = [(directory / path).read_bytes() for path in model["weightsManifest"][0]["paths"]]
    with engine.load(model, shards, "cpu") as session:
        return session.execute({})


@pytest.mark.parametrize("quantize", [None, "uint8", "uint16", "float16", {"*": "uint8"}, {"*": "float16"}])
@pytest.mark.parametrize("size", [5, "4MiB"])
def test_tensorflow_js_reads_the_values_that_we_read(engine, tmp_path, quantize, size):
    directory = tmp_path / "web"
    write_graph_model(directory, model_of(WEIGHTS), weights(), quantize=quantize, shard_size=size)
    ours = read_manifest(json.loads((directory / "model.json").read_text())["weightsManifest"], directory)
    theirs = in_tensorflow_js(engine, directory)
    assert list(theirs) == list(ours) == list(WEIGHTS)
    for name, entry in ours.items():
        values = entry.values.numpy()
        assert theirs[name].shape == values.shape
        assert theirs[name].tolist() == as_bytes(values).tolist()


def test_tensorflow_js_reads_every_float16_as_we_do(engine, tmp_path):
    every = {"w": np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)}
    write_graph_model(tmp_path / "web", model_of(every), weights(every), quantize="float16")
    np.testing.assert_array_equal(in_tensorflow_js(engine, tmp_path / "web")["w"], every["w"])


@pytest.mark.parametrize("scale", [1e-44, 1e-20, 1.0, 1e30])
def test_tensorflow_js_dequantizes_every_step_as_we_do(engine, tmp_path, scale):
    steps = {"w": (np.linspace(-1, 2.3, 70_000) * scale).astype(np.float32)}
    write_graph_model(tmp_path / "web", model_of(steps), weights(steps), quantize="uint16")
    manifest = json.loads((tmp_path / "web" / "model.json").read_text())["weightsManifest"]
    ours = read_manifest(manifest, tmp_path / "web")["w"].values.numpy()
    np.testing.assert_array_equal(in_tensorflow_js(engine, tmp_path / "web")["w"], ours)


def test_tensorflow_js_reads_a_model_without_a_byte_of_weights(engine, tmp_path):
    only_empty = {"empty": WEIGHTS["empty"]}
    written = write_graph_model(tmp_path / "web", model_of(only_empty), weights(only_empty))
    assert written.files == ("model.json",)
    assert in_tensorflow_js(engine, tmp_path / "web")["empty"].shape == (0, 4)
