"""Frozen graphs: binary and text, their inputs and outputs, and files that only look like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.protobuf import field
from tests.sources.tensorflow.reading.models import unpacked
from totfjs.errors import SourceError, TotfjsError, UsageError
from totfjs.graph.ops import BACKENDS
from totfjs.sources.resolve import open_source
from totfjs.sources.tensorflow import load
from totfjs.sources.tensorflow.reading.text_format import encoded
from totfjs.wire import Message

X = {"x": np.ones((2, 3), np.float32)}
TWO = """node { name: "a" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
attr { key: "shape" value { shape { dim { size: -1 } } } } }"""


@pytest.mark.parametrize("name", ["graph.pb", "graph.pbtxt"])
def test_outputs_are_what_nobody_reads(tmp_path: Path, name: str) -> None:
    model = load(unpacked("frozen", tmp_path) / name)
    assert (list(model.inputs), list(model.signature.outputs)) == (["x"], ["Identity"])
    assert model.notes == ("The outputs are the nodes that no other node reads: Identity (--outputs to choose).",)
    assert model.evaluate(X)["Identity"].sum() == pytest.approx(2)


def test_text_and_binary_say_the_same(tmp_path: Path) -> None:
    folder = unpacked("frozen", tmp_path)
    binary, text = (load(folder / name).evaluate(X)["Identity"] for name in ("graph.pb", "graph.pbtxt"))
    np.testing.assert_array_equal(binary, text)


def test_nodes_are_named_as_outputs(tmp_path: Path) -> None:
    path = unpacked("frozen", tmp_path) / "graph.pb"
    graph = load(path, outputs=["Softmax", "matmul:0"]).graph(BACKENDS)
    assert list(graph.outputs) == ["Softmax", "matmul:0"]
    with pytest.raises(UsageError, match="no output and no node 'Sofmax'"):
        load(path, outputs=["Sofmax"])


def test_placeholders_that_no_output_needs_are_no_inputs(tmp_path: Path) -> None:
    path = tmp_path / "graph.pbtxt"
    path.write_text(f'{TWO}\n{TWO.replace(chr(34) + "a", chr(34) + "b")}\nnode {{ name: "c" op: "Relu" input: "b" }}')
    assert list(load(path, outputs=["c"]).inputs) == ["b"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.pb", field(1, 8) + field(2, "pytorch") + field(7, b""), r"is an ONNX model"),
        ("keras_metadata.pb", b"\x0a\x02\x10\x01", r"metadata of a Keras model[\s\S]*Give the directory"),
        ("copied.pb", field(1, 1) + field(2, b""), r"a SavedModel without its directory"),
        ("other.pb", field(1, field(1, "x")), r"not a graph of TensorFlow"),
        ("model.meta", b"", r"without the values of its variables[\s\S]*import_meta_graph"),
        ("variables.pbtxt", b'node { name: "v" op: "VarHandleOp" }', r"without the values of its variables"),
        ("empty.pbtxt", b"", r"has no node that gives a result"),
    ],
)
def test_other_files_have_a_way_out(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said):
        open_source(tmp_path / name)


def test_session_bundles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "export.meta").write_bytes(b"")
    with pytest.raises(TotfjsError, match=r"session bundle[\s\S]*simple_save"):
        open_source(tmp_path)


def test_text_is_read_as_protobuf_reads_it() -> None:
    text = r"""
    # a comment
    node: < name: 'a\x41\102\n' "tail", op: "Const";
      attr { key: "v" value { list { i: [1, -2, 0x10] f: 1.5f f: inf b: true } } }
      unknown { deep: [1, 2] other: "x" }
    >
    versions { producer: 22 }
    """
    message = Message(encoded(text, "GraphDef"))
    node = next(message.messages(1))
    assert node.text(1) == "aAB\ntail"
    values = node.message(5).message(2).message(1)
    assert values.integers(3).tolist() == [1, -2, 16]
    assert values.numbers(4, "<f4").tolist() == [1.5, float("inf")]
    assert values.integers(5).tolist() == [1]
    assert message.message(4).integer(1) == 22
