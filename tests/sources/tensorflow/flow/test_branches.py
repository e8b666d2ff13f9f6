"""Conditionals: one branch where it is known which, all of them where that is cheap and safe, else one that runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import body, const, model, node
from totfjs.errors import UnsupportedError
from totfjs.sources.tensorflow.flow import cheap
from totfjs.sources.tensorflow.program import Body, Function, Node
from totfjs.sources.tensorflow.source import TensorFlowModel

_DOUBLE = body("double", "a", "b", node("b", "AddV2", "a", "a"))
_SQUARE = body("square", "a", "b", node("b", "Mul", "a", "a"))
_THIRD = body("third", "a", "b", const("three", 3), node("b", "FloorDiv", "a", "three", T="int32"))
_QUOTIENT = body("quotient", "a", "b", const("ten", 10), node("b", "FloorDiv", "ten", "a", T="int32"))


def _if(*nodes: Node, yes: Body = _DOUBLE, no: Body = _SQUARE, inputs: dict[str, Any] | None = None) -> TensorFlowModel:
    chosen = node("y", "If", "p", "x", then_branch=Function(yes.name), else_branch=Function(no.name))
    given = {"x": ("int32", ()), **(inputs or {})}
    return model(*nodes, chosen, outputs="y", inputs=given, functions=[yes, no])


def _case(*bodies: Body) -> TensorFlowModel:
    chosen = node("y", "Case", "p", "x", branches=tuple(Function(each.name) for each in bodies))
    return model(chosen, outputs="y", inputs={"p": ("int32", ()), "x": ("int32", ())}, functions=bodies)


def _ops(made: TensorFlowModel) -> set[str]:
    return {each.op for each in made.graph().nodes.values()} - {"Placeholder", "Const"}


@pytest.mark.parametrize(("known", "op"), [(True, "AddV2"), (False, "Mul")])
def test_of_a_known_condition_one_branch_is_left(known: bool, op: str) -> None:
    assert _ops(_if(const("p", known, "bool"))) == {op}


def test_branches_that_are_cheap_and_cannot_fail_are_all_computed() -> None:
    made = _if(inputs={"p": ("bool", ())})
    assert "Switch" not in _ops(made)
    assert [int(made.evaluate({"x": np.int32(5), "p": np.bool_(p)})["y"]) for p in (True, False)] == [10, 25]


def test_a_branch_that_may_fail_runs_only_when_it_is_taken() -> None:
    made = _if(yes=_QUOTIENT, inputs={"p": ("bool", ())})
    assert {"Switch", "Merge"} <= _ops(made)
    assert made.evaluate({"x": np.int32(0), "p": np.bool_(False)})["y"] == 0
    assert made.evaluate({"x": np.int32(3), "p": np.bool_(True)})["y"] == 3


def test_branches_that_are_long_run_only_when_they_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cheap, "CHEAP", 1)
    assert {"Switch", "Merge"} <= _ops(_if(inputs={"p": ("bool", ())}))


def test_branches_of_different_ranks_are_refused() -> None:
    wide = body("wide", "a", "b", const("shape", [2]), node("b", "Fill", "shape", "a"))
    with pytest.raises(UnsupportedError, match=r"If: .* cannot meet \(node y\)"):
        _if(yes=wide, inputs={"p": ("bool", ())}).graph()


def test_a_number_is_a_condition_that_holds_unless_it_is_zero() -> None:
    made = _if(inputs={"p": ("int32", ())})
    assert [int(made.evaluate({"x": np.int32(5), "p": np.int32(p)})["y"]) for p in (7, 0)] == [10, 25]


@pytest.mark.parametrize(
    "third", [_THIRD, body("third", "a", "b", node("b", "Neg", "a"))], ids=["switched", "computed"]
)
def test_an_index_out_of_bounds_takes_the_last_branch(third: Body) -> None:
    made = _case(_DOUBLE, _SQUARE, third)
    last = int(made.evaluate({"x": np.int32(9), "p": np.int32(2)})["y"])
    found = [int(made.evaluate({"x": np.int32(9), "p": np.int32(p)})["y"]) for p in (-1, 0, 1, 3, 99)]
    assert found == [last, 18, 81, last, last]


def test_one_problem_in_a_branch_is_told_once() -> None:
    wrong = body("wrong", "a", "b", node("b", "Mystery", "a"))
    with pytest.raises(UnsupportedError) as caught:
        _if(yes=wrong, inputs={"p": ("bool", ())}).graph()
    assert str(caught.value).count("Mystery:") == 1 and "If:" not in str(caught.value)
