"""SavedModels that TensorFlow wrote, through real TensorFlow.js, against what TensorFlow computed of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import assert_close, run
from tests.sources.tensorflow.reading.models import NAMES, cases, unpacked
from totfjs.conversion.target import choose
from totfjs.errors import InputSpecError, SourceError, TotfjsError, UsageError
from totfjs.graph.encode import distinct
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.passes import optimize
from totfjs.sources.resolve import open_source
from totfjs.sources.tensorflow import is_tensorflow_file, load

DTYPES = ("bytes", "doubles", "flags", "halves", "ids")
GIVEN = {"unknown_rank": {"x": "float32[n,3]"}}
# What webgpu has no kernel for: hashing text.
SOME: dict[str, tuple[Backend, ...]] = {"tables_vocabulary": ("cpu", "wasm", "webgl")}
CASES = [(name, number) for name in NAMES for number, _ in enumerate(cases(name))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_signature_computes_what_tensorflow_computes(engine: Any, tmp_path: Path, name: str, number: int) -> None:
    case = cases(name)[number]
    model = load(unpacked(name, tmp_path), signature=case["signature"], inputs=GIVEN.get(name))
    graph = distinct(optimize(model.graph(SOME.get(name, BACKENDS))))
    assert set(graph.outputs) == set(case["outputs"])
    assert set(model.inputs) == set(case["inputs"])
    meant = case["outputs"] if name in SOME else model.evaluate(case["inputs"])
    for backend in ("cpu", "wasm"):
        found = run(engine, graph, case["inputs"], backend)
        for output, value in case["outputs"].items():
            assert_close(meant[output], value, 1e-5, accumulates=True)
            assert_close(found[output], value, 1e-5, accumulates=True)


@pytest.mark.parametrize(
    ("name", "signature", "inputs", "outputs"),
    [
        ("two", None, ["zebra", "apple"], ["output_0", "output_1", "output_2"]),
        ("two", "other", ["x"], ["first", "second"]),
        ("many_outputs", None, ["x"], [f"output_{at}" for at in range(12)]),
        ("dtypes", None, ["ids", "bytes", "halves", "doubles", "flags"], sorted(DTYPES)),
        ("tf1", None, ["x"], ["y"]),
    ],
)
def test_inputs_and_outputs_are_in_the_order_of_the_function(
    tmp_path: Path, name: str, signature: str | None, inputs: list[str], outputs: list[str]
) -> None:
    found = load(unpacked(name, tmp_path), signature=signature).signature
    assert (list(found.inputs), list(found.outputs)) == (inputs, outputs)


def test_keras_models_keep_the_order_of_their_inputs_and_outputs(tmp_path: Path) -> None:
    model = load(unpacked("keras3", tmp_path))
    assert [str(kind) for kind in model.inputs.values()] == ["float32[b,3]", "float32[b,4]"]
    assert [port.shape for port in model.signature.outputs.values()] == [(None, 1), (None, 2)]


def test_dtypes_that_the_page_does_not_feed_are_told(tmp_path: Path) -> None:
    notes = load(unpacked("dtypes", tmp_path)).notes
    assert "The input ids is int64 in TensorFlow; feed int32." in notes
    assert "The input halves is float16 in TensorFlow; feed float32." in notes
    assert "The output doubles is float64 in TensorFlow; it gives float32." in notes
    assert not any("flags" in note for note in notes)


def test_variables_stay_in_the_checkpoint(tmp_path: Path) -> None:
    resources = load(unpacked("two", tmp_path)).saved.resources
    assert {name: variable.array.shape for name, variable in resources.items()} == {"weight": (3, 4), "bias": (4,)}
    assert not any(isinstance(variable.array.numpy(), type(None)) for variable in resources.values())


def test_tags_choose_a_graph(tmp_path: Path) -> None:
    path = unpacked("tf1", tmp_path)
    assert list(load(path, tags=("gpu", "serve")).saved.signatures) == ["serving_default"]
    with pytest.raises(
        UsageError, match=r"no graph with the tags tpu[\s\S]*Choose one of these sets of tags: serve; gpu,serve"
    ):
        load(path, tags=("tpu",))


def test_a_wrong_signature_lists_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no signature 'serve'[\s\S]*Choose one of other, serving_default"):
        load(unpacked("two", tmp_path), signature="serve")


def test_a_model_without_signatures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no signature[\s\S]*fix: Save it with tf.saved_model.save"):
        load(unpacked("no_signature", tmp_path))


def test_outputs_choose_from_the_signature_in_their_order(tmp_path: Path) -> None:
    model = load(unpacked("two", tmp_path), outputs=["output_2", "output_0"])
    assert list(model.graph(BACKENDS).outputs) == ["output_2", "output_0"]
    with pytest.raises(UsageError, match=r"no output and no node 'output_9'[\s\S]*output_0, output_1, output_2"):
        load(unpacked("two", tmp_path), outputs=["output_9"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"apple": "int32[n,4]"}, r"described by 'int32\[n,4\]'; the file has float32\[\?, 4\]"),
        ({"apple": "float32[n,5]"}, "the file has"),
        ({"apple": "float32[n]"}, "the file has"),
        ({"pear": "float32[n,4]"}, "has the inputs zebra, apple, and none called pear"),
        ({"apple": "float32[n,!]"}, "which is not a shape"),
    ],
)
def test_inputs_are_described_as_the_file_allows(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(InputSpecError, match=said):
        assert load(unpacked("two", tmp_path), inputs=given).inputs


def test_dims_can_be_named_one_input_at_a_time(tmp_path: Path) -> None:
    path = unpacked("two", tmp_path)
    assert [str(kind) for kind in load(path).inputs.values()] == ["float32[zebra_0,3]", "float32[apple_0,4]"]
    found = load(path, inputs={"apple": "float32[2,4]"}).inputs
    assert [str(kind) for kind in found.values()] == ["float32[zebra_0,3]", "float32[2,4]"]


def test_unknown_rank_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputSpecError, match=r'how many dims the input x has[\s\S]*--input "x:float32\[b,224,224,3\]"'):
        assert load(unpacked("unknown_rank", tmp_path)).inputs


def test_what_depends_on_an_assignment_is_refused(tmp_path: Path) -> None:
    path = unpacked("counter", tmp_path)
    with pytest.raises(TotfjsError, match="count"):
        load(path, signature="tells").graph(BACKENDS)
    model = load(path)
    model.graph(BACKENDS)
    assert any("count" in note for note in model.notes)


def test_lines_of_the_user_are_known(tmp_path: Path) -> None:
    program = load(unpacked("debug", tmp_path)).saved.program
    functions = [name for name, body in program.functions.items() if "Relu" in body.nodes]
    assert [program.place("Relu", name) for name in functions] == ["model.py:96"]
    assert program.place("nothing", "") == ""


def test_assets_are_read_by_name(tmp_path: Path) -> None:
    saved = load(unpacked("assets", tmp_path)).saved
    assert dict(saved.assets) == {"words.txt": b"one\ntwo\n"}
    assert any(node.op == "NoOp" for node in map(saved.program.main.nodes.get, saved.initializers) if node)
    assert any(np.array_equal(value, np.array(b"words.txt", object)) for value in saved.resources.values())


def test_paths_are_known(tmp_path: Path) -> None:
    path = unpacked("two", tmp_path)
    assert is_tensorflow_file(path)
    assert is_tensorflow_file(path / "saved_model.pb")
    assert not is_tensorflow_file(path / "variables")
    assert list(open_source(str(path / "saved_model.pb")).inputs) == ["zebra", "apple"]
    with pytest.raises(UsageError, match="it has its own weights"):
        open_source(path, weights="weights.npz")
    with pytest.raises(UsageError, match="Only SavedModels have signatures"):
        open_source("math:sqrt", signature="serving_default")


def test_a_keras_model_with_layers_of_code_is_read_from_its_signature(tmp_path: Path) -> None:
    path, case = unpacked("keras_custom", tmp_path), cases("keras_custom")[0]
    model = open_source(path)
    assert any("Converted from the graph of its signature" in note and "Doubled" in note for note in model.notes)
    found = model.evaluate(case["inputs"])
    np.testing.assert_allclose(found["dense"], case["outputs"]["dense"], rtol=1e-5, atol=1e-6)
    with pytest.raises(UsageError, match="it has no Keras layers that totfjs can read"):
        choose("layers", model)
