"""While loops: unrolled where the turns are known, else frames; what no loop of frames can be is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import body, const, model, node
from totfjs.errors import UnsupportedError
from totfjs.sources.tensorflow.flow import loops
from totfjs.sources.tensorflow.program import Body, Function, Node
from totfjs.sources.tensorflow.source import TensorFlowModel

_LESS = body("cond", "i n x", "less", node("less", "Less", "i", "n"))
_TURN = body(
    "turn", "i n x", "next n twice",
    const("one", 1), node("next", "AddV2", "i", "one"), node("twice", "AddV2", "x", "x"),
)  # fmt: skip


def _loop(condition: Body = _LESS, turn: Body = _TURN, start: str = "zero n x") -> Node:
    return node("loop", "While", *start.split(), cond=Function(condition.name), body=Function(turn.name))


def _model(
    *nodes: Node, condition: Body = _LESS, turn: Body = _TURN, start: str = "zero n x", **given: Any
) -> TensorFlowModel:
    inputs = {"x": ("int32", ()), **given}
    found = [const("zero", 0), *nodes, _loop(condition, turn, start)]
    return model(*found, outputs="loop:2", inputs=inputs, functions=[condition, turn])


def _ops(made: TensorFlowModel) -> list[str]:
    return [each.op for each in made.graph().nodes.values() if each.op not in ("Placeholder", "Const")]


def test_a_loop_of_few_known_turns_is_its_turns() -> None:
    made = _model(const("n", 3))
    assert set(_ops(made)) == {"AddV2"} and len(_ops(made)) == 3
    assert made.evaluate({"x": np.int32(5)})["loop"] == 40


def test_a_loop_of_no_turn_gives_what_it_was_given() -> None:
    assert _model(const("n", 0)).evaluate({"x": np.int32(5)})["loop"] == 5


def test_a_loop_whose_end_the_data_decides_is_one_of_frames() -> None:
    made = _model(n=("int32", ()))
    assert "LoopCond" in _ops(made)
    for n, expected in ((0, 5), (1, 10), (4, 80)):
        assert made.evaluate({"x": np.int32(5), "n": np.int32(n)})["loop"] == expected


def test_a_loop_of_many_known_turns_is_one_of_frames() -> None:
    turn = body(
        "turn", "i n x", "next n more",
        const("one", 1), node("next", "AddV2", "i", "one"), node("more", "AddV2", "x", "one"),
    )  # fmt: skip
    many = loops.MOST_TURNS + 1
    made = _model(const("n", many), turn=turn)
    assert _ops(made).count("NextIteration") == 2
    assert made.evaluate({"x": np.int32(5)})["loop"] == 5 + many


def test_a_size_that_turns_change_is_carried_as_one_of_its_own() -> None:
    turn = body(
        "turn", "i n x", "next n longer",
        const("one", 1), node("next", "AddV2", "i", "one"),
        const("axis", 0), const("last", [1]), node("longer", "ConcatV2", "x", "last", "axis"),
    )  # fmt: skip
    made = model(
        const("zero", 0), const("start", [7]), _loop(turn=turn, start="zero n start"),
        outputs="loop:2", inputs={"n": ("int32", ())}, functions=[_LESS, turn],
    )  # fmt: skip
    assert made.evaluate({"n": np.int32(3)})["loop"].tolist() == [7, 1, 1, 1]


_COLLECT = body(
    "collect", "i n x", "next n set",
    const("one", 1), node("next", "AddV2", "i", "one"), node("value", "Mul", "i", "i"),
    node("set", "TensorListSetItem", "x", "i", "value", element_dtype="int32"),
)  # fmt: skip


def _collecting(length: str, *nodes: Node, inputs: dict[str, Any]) -> TensorFlowModel:
    found = [
        *nodes, const("zero", 0), const("shape", [], "int32"),
        node("list", "TensorListReserve", "shape", length, element_dtype="int32"),
        _loop(turn=_COLLECT, start="zero n list"),
        node("all", "TensorListStack", "loop:2", "shape", element_dtype="int32"),
    ]  # fmt: skip
    return model(*found, outputs="all", inputs=inputs, functions=[_LESS, _COLLECT])


def test_a_list_that_each_turn_puts_one_element_into_is_one_of_the_runtime() -> None:
    nodes = [node("shape_of_x", "Shape", "x"), const("at", 0), node("n", "GatherV2", "shape_of_x", "at", "at")]
    made = _collecting("n", *nodes, inputs={"x": ("int32", (None,))})
    assert "TensorListSetItem" in _ops(made)
    for size in (1, 4):
        assert made.evaluate({"x": np.zeros(size, np.int32)})["all"].tolist() == [at * at for at in range(size)]


def test_a_list_that_is_longer_than_the_turns_are_many_is_carried_as_a_tensor() -> None:
    made = _collecting("length", const("length", 4), inputs={"n": ("int32", ())})
    assert "TensorListSetItem" not in _ops(made)
    assert made.evaluate({"n": np.int32(3)})["all"].tolist() == [0, 1, 4, 0]


def _refusal(made: TensorFlowModel) -> str:
    with pytest.raises(UnsupportedError) as caught:
        made.graph()
    return str(caught.value)


@pytest.mark.parametrize(
    ("results", "nodes", "reason"),
    [
        ("i n x", (), "the state of the loop never changes, so that it ends at once or never"),
        ("i n", (), "the loop has 3 values, and its body gives 2"),
        ("next n float", (node("float", "Cast", "x", SrcT="int32", DstT="float32"),), "the loop is given int32"),
    ],
)
def test_a_loop_that_cannot_be_is_refused(results: str, nodes: Sequence[Node], reason: str) -> None:
    turn = body("turn", "i n x", results, const("one", 1), node("next", "AddV2", "i", "one"), *nodes)
    assert f"While: {reason}" in _refusal(_model(turn=turn, n=("int32", ())))


def test_a_condition_that_is_a_vector_is_refused() -> None:
    made = _model(turn=_TURN, condition=body("cond", "i n x", "x"), x=("int32", (2,)), n=("int32", ()))
    assert "While: the condition is no scalar" in _refusal(made)
