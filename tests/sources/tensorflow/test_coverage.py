"""Every op that the old converter accepts is lowered or refused for a reason, and every op that is lowered has rows."""

from __future__ import annotations

import zipfile
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from tests.sources.tensorflow.fixture import fixtures
from totfjs.graph.ops import FAMILIES
from totfjs.sources.tensorflow.ops import refused, table

# Names that are of TensorFlow.js alone: no file of TensorFlow has them.
OWN = {"Conv1D", "Conv2dTranspose", "DepthwiseConv2d", "Ones", "Zeros", "Prelu", "FusedDepthwiseConv2dNative"}
# Ops of decision forests, which another package of TensorFlow.js runs.
FORESTS = {
    f"SimpleML{name}" for name in ("CreateModelResource", "InferenceOpWithHandle", "LoadModelFromPathWithHandle")
}
LEAST = 3
FILES = Path(__file__).parents[2] / "fixtures" / "tensorflow"
# Ops with fewer rows, and the files of whole models that hold them.
HELD = {
    "MutableDenseHashTable": "saved/tables_mutable.zip",
    "MutableDenseHashTableV2": "saved/tables_mutable.zip",
    "XlaCallModule": "xla/dense.zip",
}


def accepted() -> set[str]:
    """The ops of the runtime's executor, which are those that the old converter lets pass."""
    modules = [import_module(f"totfjs.graph.ops.{family}") for family in FAMILIES]
    names = {spec.name for module in modules for spec in module.OPS}
    return names | {name for module in modules for name in getattr(module, "NOT_WIRED", {})}


def rows() -> Counter[str]:
    """How many fixtures hold an op against TensorFlow, or expect its refusal."""
    return Counter(op for fixture in fixtures() for op in fixture.about["ops"])


def test_every_op_that_the_old_converter_accepts_is_known() -> None:
    assert accepted() - OWN - FORESTS - {*table(), *refused()} == set()


def test_every_op_that_is_lowered_has_rows() -> None:
    count = rows()
    assert {op: count[op] for op in table() if count[op] < LEAST and op not in HELD} == {}


@pytest.mark.parametrize("op", HELD)
def test_an_op_with_fewer_rows_is_in_a_whole_model(op: str) -> None:
    assert op in table() and rows()[op] < LEAST
    with zipfile.ZipFile(FILES / HELD[op]) as archive:
        graphs = [archive.read(name) for name in archive.namelist() if name.endswith(".pb")]
    field = b"\x12" + bytes([len(op)]) + op.encode()  # NodeDef.op
    assert any(field in graph for graph in graphs)


def test_an_op_is_lowered_or_refused() -> None:
    assert table().keys() & refused().keys() == set()


def test_every_refusal_has_a_reason() -> None:
    assert {op for op, reason in refused().items() if len(reason.split()) < 3 or reason.endswith(".")} == set()
