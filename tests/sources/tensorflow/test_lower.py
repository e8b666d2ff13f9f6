"""What is refused of a program whatever its ops: all of it at once, each with its place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import body, const, model, node
from totfjs.errors import UnsupportedError
from totfjs.sources.tensorflow import lowering
from totfjs.sources.tensorflow.program import Function
from totfjs.sources.tensorflow.source import TensorFlowModel

_X = {"x": ("float32", (2,))}


def _refusal(made: TensorFlowModel) -> str:
    with pytest.raises(UnsupportedError) as caught:
        made.graph()
    return str(caught.value)


def test_all_problems_are_told_at_once_each_with_its_places() -> None:
    made = model(
        node("scope/a", "Mystery", "x"), node("b", "Mystery", "x"), node("c", "Riddle", "x"), node("d", "Neg", "c"),
        outputs="scope/a b d", inputs=_X,
    )  # fmt: skip
    said = _refusal(made)
    assert "2 ops cannot be converted:" in said
    assert "Mystery: totfjs has no lowering for this op (node scope/a; node b)" in said
    assert "Riddle: totfjs has no lowering for this op (node c)" in said
    assert "Neg" not in said


def test_what_no_output_needs_is_no_problem() -> None:
    made = model(node("y", "Neg", "x"), node("z", "Mystery", "y"), outputs="y", inputs=_X)
    assert made.evaluate({"x": np.array([1, -2], np.float32)})["y"].tolist() == [-1, 2]


def test_a_node_that_needs_its_own_output_is_refused() -> None:
    made = model(node("a", "Neg", "b"), node("b", "Neg", "a"), outputs="b")
    assert "b needs its own output" in _refusal(made)


def test_a_node_that_is_not_there_is_refused() -> None:
    assert "the graph reads gone, which is not there" in _refusal(model(node("y", "Neg", "gone"), outputs="y"))


def test_an_output_that_is_not_there_is_refused() -> None:
    made = model(node("y", "Neg", "x"), outputs="y:3", inputs=_X)
    assert "y:3 is read, but y has no such output (node y)" in _refusal(made)


def test_a_function_that_is_not_there_is_refused() -> None:
    made = model(node("y", "PartitionedCall", "x", f=Function("gone")), outputs="y", inputs=_X)
    assert "PartitionedCall: there is no function gone (node y)" in _refusal(made)


def test_a_function_that_is_given_too_few_arguments_is_refused() -> None:
    made = model(
        node("y", "PartitionedCall", "x", f=Function("two")),
        outputs="y",
        inputs=_X,
        functions=[body("two", "a b", "a")],
    )
    assert "two takes 2 arguments, not 1" in _refusal(made)


def test_a_function_that_calls_itself_is_refused() -> None:
    again = body("again", "a", "b", node("b", "PartitionedCall", "a", f=Function("again")))
    made = model(node("y", "again", "x"), outputs="y", inputs=_X, functions=[again])
    assert "again calls itself" in _refusal(made)


def test_functions_that_stand_for_too_many_nodes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lowering, "MOST_REPEATED", 3)
    twice = body("twice", "a", "c", node("b", "Neg", "a"), node("c", "Neg", "b"))
    nodes = [node("f", "twice", "x"), node("g", "twice", "f"), node("h", "twice", "g")]
    made = model(*nodes, outputs="h", inputs=_X, functions=[twice])
    assert "call each other so often that more than 3 nodes repeat" in _refusal(made)


def test_a_problem_in_a_function_names_the_function() -> None:
    wrong = body("wrong", "a", "b", node("b", "Mystery", "a"))
    made = model(node("y", "wrong", "x"), outputs="y", inputs=_X, functions=[wrong])
    assert "Mystery: totfjs has no lowering for this op (node b of wrong)" in _refusal(made)


@pytest.mark.parametrize("value", [1 << 31, -(1 << 31) - 1])
def test_whole_numbers_that_int32_does_not_hold_are_refused_where_they_are_used(value: int) -> None:
    made = model(
        const("far", value, "int64"), node("y", "AddV2", "x", "far"), outputs="y", inputs={"x": ("int64", (2,))}
    )
    assert f"AddV2: it takes {value}: int32 holds -2147483648 to 2147483647 (node y)" in _refusal(made)


def test_whole_numbers_beyond_int32_that_are_only_computed_with_are_no_problem() -> None:
    nodes = [const("far", 1 << 40, "int64"), node("near", "Sub", "far", "far"), node("y", "AddV2", "x", "near")]
    made = model(*nodes, outputs="y", inputs={"x": ("int64", (2,))})
    assert made.evaluate({"x": np.array([3, 4], np.int32)})["y"].tolist() == [3, 4]


@pytest.mark.parametrize("noted", [(3,), (2, 1), ()])
def test_a_shape_that_contradicts_the_file_is_refused(noted: tuple[int, ...]) -> None:
    made = model(node("y", "Neg", "x", _output_shapes=(noted,)), outputs="y", inputs=_X)
    assert f"Neg: output 0 came out as [2] where TensorFlow has {list(noted)} (node y)" in _refusal(made)


@pytest.mark.parametrize("noted", [(2,), (-1,), None])
def test_a_shape_that_says_the_same_or_less_is_no_problem(noted: tuple[int, ...] | None) -> None:
    made = model(node("y", "Neg", "x", _output_shapes=(noted,)), outputs="y", inputs=_X)
    assert made.graph().nodes


def test_an_output_that_is_a_handle_is_refused_with_a_remedy() -> None:
    made = model(
        const("shape", [2]), const("two", 2),
        node("list", "TensorListReserve", "shape", "two", element_dtype="float32"),
        outputs="list",
    )  # fmt: skip
    said = _refusal(made)
    assert "The output list cannot be given by a web model: an operand is a handle where a tensor is wanted." in said
    assert "Leave it out with --outputs" in said


def test_complex_numbers_go_in_and_come_out_in_two_parts() -> None:
    made = model(node("y", "Neg", "z"), outputs="y", inputs={"z": ("complex64", (2,))})
    given = {"z.real": np.array([1, 2], np.float32), "z.imag": np.array([3, 4], np.float32)}
    found = {name: value.tolist() for name, value in made.evaluate(given).items()}
    assert found == {"y.real": [-1, -2], "y.imag": [-3, -4]}
