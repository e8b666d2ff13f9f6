from __future__ import annotations

import numpy as np
import pytest

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.edit import Edit, prune
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType


def chain() -> Graph:
    """relu(x) read by an addition and as an output."""
    b = Builder()
    x = b.input("x", DType.FLOAT32, (3,))
    b.input("unused", DType.FLOAT32, (3,))
    relu = b.op("Relu", x, name="relu")
    b.op("Abs", x, name="dead")
    return b.build({"sum": b.op("AddV2", relu, np.ones(3, np.float32), name="sum"), "relu": relu})


def test_an_edit_without_changes_is_the_same_graph() -> None:
    graph = chain()
    assert Edit(graph).finish() is graph


def test_a_rewrite_reaches_every_reader_and_keeps_the_name() -> None:
    graph = chain()
    edit = Edit(graph)
    edit.rewrite(graph.nodes["relu"], "Elu", edit.tensor(graph.inputs["x"]))
    after = edit.finish()
    assert after.nodes["relu"].op == "Elu"
    assert after.nodes["sum"].inputs[0].node == "relu"
    assert after.outputs["relu"].node == "relu"
    assert graph.nodes["relu"].op == "Relu"


def test_what_nothing_reads_is_dropped_but_inputs_stay() -> None:
    after = prune(chain())
    assert "dead" not in after.nodes
    assert set(after.inputs) == {"x", "unused"}
    assert prune(after) is after


def test_replacements_follow_each_other() -> None:
    graph = chain()
    edit = Edit(graph)
    first = edit.rewrite(graph.nodes["relu"], "Elu", edit.tensor(graph.inputs["x"]))
    second = edit.op("Selu", edit.tensor(graph.inputs["x"]))
    edit.replace(first.value, second)
    assert [node.op for node in edit.finish().operations] == ["Selu", "AddV2"]


def test_a_replacement_of_another_type_is_an_error() -> None:
    edit = Edit(chain())
    other: Tensor = edit.const(np.zeros(4, np.float32))
    with pytest.raises(TypeError, match=r"relu is float32\[3\], its replacement const is float32\[4\]"):
        edit.replace(edit.graph.outputs["relu"], other)


def test_nodes_stay_in_an_order_in_which_they_can_run() -> None:
    graph = chain()
    edit = Edit(graph)
    late = edit.op("Neg", edit.tensor(graph.inputs["x"]), name="late")
    edit.replace(graph.outputs["relu"], late)
    order = list(edit.finish().nodes)
    assert order.index("late") < order.index("sum")
