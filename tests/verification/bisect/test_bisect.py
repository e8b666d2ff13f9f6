"""What bisect says where no single node is wrong, where nothing is, and of other kinds of models."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import totfjs
from tests.verification.bisect.backend_faults import transposed_product
from tests.verification.bisect.room import Room, by_hand, numbers, reweighed, swapped
from totfjs.errors import OutputExistsError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.types import DType
from totfjs.runtime import Engine
from totfjs.verification import verify
from totfjs.verification.bisect import bisect


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(tmp_path, monkeypatch)


def pair(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Two inputs and two outputs."""
    return jnp.tanh(x) - y.sum(0), jnp.maximum(x, 0) @ y.T


SHAPES = {"x": ("b", 3), "y": ("b", 3)}


def test_nothing_differs_is_said_plainly(room: Room, engine: Engine) -> None:
    found = bisect(room.convert(pair, inputs=SHAPES), pair, engine=engine)
    assert (found.found, found.node, found.blame) == (None, None, None)
    assert str(found).startswith("Nothing differs: on cpu, wasm every node of")
    assert found.json()["differs"] is False


def test_of_several_outputs_the_wrong_one_leads_to_the_node(room: Room, engine: Engine) -> None:
    found = bisect(swapped(room.convert(pair, inputs=SHAPES), "pair/Sub"), pair, engine=engine)
    assert (found.node, found.blame) == ("pair/Sub", "inputs")
    assert found.found is not None
    assert "test_bisect.py:" in found.found.origin
    assert [item.name for item in found.found.inputs] == ["pair/Reshape", "pair/Tanh"]


def test_what_the_source_gives_too_is_its_own(room: Room, engine: Engine) -> None:
    def root(x: jax.Array) -> jax.Array:
        return jnp.sqrt(x * 2.0) + 1.0

    found = bisect(room.convert(root, inputs={"x": (4, 4)}), root, engine=engine)
    assert (found.node, found.blame) == ("root/Sqrt", "source")
    assert found.found is not None and found.found.output is not None
    assert found.found.output.nans > 0
    assert "-" in str(found.found.inputs[0])


def test_errors_that_grow_are_no_fault_of_a_node(room: Room, engine: Engine) -> None:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        x = b.op("Tanh", fed["x"], name="start")
        for _ in range(12):
            x = b.op("Mul", b.op("Sin", b.op("Mul", x, b.const(np.float32(9.0)))), b.const(np.float32(1.7)))
        return x

    found = bisect(by_hand(room, build, x=numbers(40, 5)), engine=engine, backends="wasm")
    assert found.found is not None
    assert found.blame == "rounding", str(found)
    growth = [step.error for step in found.found.growth]
    assert len(growth) > 2 and growth == sorted(growth)
    assert "No single node is computed wrongly on wasm: the error grows from" in str(found)


def test_random_nodes_are_not_compared(room: Room, engine: Engine) -> None:
    def build(b: Builder, fed: dict[str, Tensor]) -> Tensor:
        noise = b.op("RandomStandardNormal", np.array([3, 4], np.int32), dtype=DType.FLOAT32)
        return noise * 0.1 + fed["x"]

    assert bisect(by_hand(room, build, x=numbers(3, 4)), engine=engine).found is None


def test_pairs_alone_tell_that_it_is_the_graph_and_a_source_tells_where(room: Room, engine: Engine) -> None:
    directory = swapped(room.convert(pair, inputs={"x": (2, 3), "y": (2, 3)}), "pair/Sub")
    x, y = numbers(2, 3), numbers(2, 3, seed=1)
    outputs = dict(zip(("output_0", "output_1"), map(np.asarray, pair(x, y)), strict=True))
    pairs = {"x": x, "y": y, **outputs}
    alone = bisect(directory, pairs=pairs, engine=engine)
    assert (alone.blame, alone.node) == ("unknown", "")
    assert "--against SOURCE" in str(alone)
    both = bisect(directory, pair, pairs=pairs, engine=engine)
    assert (both.blame, both.node) == ("inputs", "pair/Sub")


def test_layers_models_are_compared_layer_by_layer(room: Room, engine: Engine) -> None:
    layers = [keras.layers.Dense(3, name="one"), keras.layers.Dense(2, activation="tanh", name="two")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    directory = room.convert(model, to="layers")
    assert bisect(directory, model, engine=engine).found is None
    found = bisect(reweighed(directory, "one/bias", lambda values: values.fill(2.0)), model, engine=engine)
    assert (found.node, found.blame) == ("one/bias", "weight")


def test_a_layer_that_a_backend_gets_wrong_is_named(room: Room, engine: Engine) -> None:
    layers = [keras.layers.Activation("tanh", name="first"), keras.layers.MaxPooling2D(name="pool")]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers, keras.layers.Flatten(name="flat")])
    image = numbers(1, 4, 4, 1)
    image[0, 1, 1, 0] = np.nan
    found = bisect(room.convert(model, to="layers"), data=image, engine=engine, backends="cpu")
    assert (found.node, found.blame) == ("pool", "backend"), str(found)
    assert found.found is not None
    assert [(item.name, item.nans) for item in found.found.inputs] == [("first", 1)]


def test_models_without_elements_are_run_too(room: Room, engine: Engine) -> None:
    data = {"x": np.zeros((0, 3), np.float32), "y": np.zeros((2, 3), np.float32)}

    def apart(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jnp.tanh(x), y - 1.0

    directory = room.convert(apart, inputs={"x": ("n", 3), "y": (2, 3)})
    assert bisect(directory, apart, data=data, engine=engine).found is None


def test_the_case_is_saved_and_repeats_the_fault(room: Room, engine: Engine) -> None:
    faulty, case = transposed_product(room), room.path / "case"
    found = bisect(faulty.directory, engine=engine, save=case)
    assert found.found is not None and found.found.case == case
    names = {path.name for path in case.iterdir()}
    assert names == {"README.txt", "expected.npz", "group1-shard1of1.bin", "inputs.npz", "model.json", "pairs.npz"}
    (node,) = (n for n in json.loads((case / "model.json").read_text())["modelTopology"]["node"] if "input" in n)
    assert (node["name"], node["op"]) == ("linear/product", "_FusedMatMul")
    told = verify(case, pairs=case / "pairs.npz", backends="cpu,wasm", engine=engine)
    assert [(row.backend, row.passed) for row in told.rows] == [("cpu", True), ("wasm", False)]
    assert "totfjs verify case --pairs case/pairs.npz --backends wasm" in (case / "README.txt").read_text()
    assert bisect(faulty.directory, engine=engine, save=case).node == "linear/product"


def test_a_case_replaces_no_other_directory(room: Room, engine: Engine) -> None:
    faulty = transposed_product(room)
    (room.path / "mine").mkdir()
    (room.path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(OutputExistsError, match="is no case of a bisection"):
        bisect(faulty.directory, engine=engine, save=room.path / "mine")
    assert (room.path / "mine" / "thesis.txt").read_text() == "precious"


def test_a_backend_fault_tells_what_is_known_and_what_is_right(room: Room, engine: Engine) -> None:
    found = bisect(transposed_product(room).directory, engine=engine).found
    assert found is not None
    assert (found.backends, found.right) == (("wasm",), ("cpu",))
    assert found.known == "a bias is right only without transposition and without a batch"
    assert "Use another backend for this model (cpu computes it right)" in str(found)
    assert found.json()["inputs"][1]["weight"] is True
    json.dumps(found.json(), allow_nan=False)


def test_it_is_offered_at_the_top() -> None:
    assert totfjs.bisect is bisect


def test_a_model_for_some_backends_is_converted_afresh_for_these(room: Room, engine: Engine) -> None:
    directory = room.convert(pair, inputs=SHAPES, backends=("cpu", "wasm"))
    kept = json.loads((directory / "model.json").read_text())["userDefinedMetadata"]["totfjs"]
    assert kept["backends"] == ["cpu", "wasm"]
    assert bisect(swapped(directory, "pair/Sub"), pair, engine=engine).node == "pair/Sub"
