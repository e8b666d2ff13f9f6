"""Frames of TensorFlow 1 become loops and branches with bodies."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import body, const, model, node
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.flow.functional import functional
from totfjs.sources.tensorflow.program import Body, Node

_SCALAR = {"x": ("int32", ())}


def _ops(found: Body) -> set[str]:
    """The ops that the results need."""
    waiting, ops, seen = [each.node for each in found.results.values()], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in found.nodes:
            continue
        seen.add(name)
        ops.add(found.nodes[name].op)
        waiting += [each.node for each in found.nodes[name].inputs]
    return ops


def _loop(frame: str, start: str, limit: str, inner: Iterable[Node] = (), step: str = "") -> list[Node]:
    """A loop which adds 1, or what `step` names, while it is less than a limit; `frame/exit` leaves it."""
    f = frame
    return [
        node(f"{f}/enter", "Enter", start, frame_name=f.encode()),
        node(f"{f}/limit", "Enter", limit, frame_name=f.encode(), is_constant=True),
        node(f"{f}/head", "Merge", f"{f}/enter", f"{f}/next"),
        node(f"{f}/less", "Less", f"{f}/head", f"{f}/limit"),
        node(f"{f}/cond", "LoopCond", f"{f}/less"),
        node(f"{f}/switch", "Switch", f"{f}/head", f"{f}/cond"),
        const(f"{f}/one", 1),
        node(f"{f}/add", "AddV2", f"{f}/switch:1", step or f"{f}/one"),
        *inner,
        node(f"{f}/next", "NextIteration", f"{f}/add"),
        node(f"{f}/exit", "Exit", f"{f}/switch"),
    ]


def _branch(name: str, value: str, condition: str) -> list[Node]:
    """Twice the value, or its square."""
    return [
        node(f"{name}/switch", "Switch", value, condition),
        node(f"{name}/double", "AddV2", f"{name}/switch:1", f"{name}/switch:1"),
        node(f"{name}/square", "Mul", f"{name}/switch", f"{name}/switch"),
        node(name, "Merge", f"{name}/double", f"{name}/square"),
    ]


def _positive() -> list[Node]:
    return [const("zero", 0), node("positive", "Greater", "x", "zero")]


def test_a_body_without_frames_stays_the_same() -> None:
    given = body("f", "x", "y", node("y", "Neg", "x"))
    assert functional(given) is given


def test_a_frame_becomes_a_while_that_is_given_its_state() -> None:
    found = functional(body("f", "x n", "a/exit", *_loop("a", "x", "n")))
    (loop,) = (each for each in found.nodes.values() if each.op == "While")
    assert [str(each) for each in loop.inputs] == ["x:0", "n:0"]
    assert _ops(found) == {"Identity", "While"}
    assert _ops(loop.attrs["cond"]) == {"Less", "Identity"}
    assert _ops(loop.attrs["body"]) == {"AddV2", "Const", "IdentityN"}


def test_a_loop_runs_as_often_as_its_frame_did() -> None:
    made = model(*_loop("a", "x", "n"), const("n", 7), outputs="a/exit", inputs=_SCALAR)
    assert made.evaluate({"x": np.int32(3)})["a/exit"] == 7
    assert made.evaluate({"x": np.int32(9)})["a/exit"] == 9


def test_nested_frames_become_nested_bodies() -> None:
    inner = _loop("b", "a/switch:1", "b/most")
    most = node("b/most", "AddV2", "a/switch:1", "a/three")
    nodes = [*_loop("a", "x", "n", [most, const("a/three", 3), *inner], "b/exit"), const("n", 10)]
    found = functional(body("f", "x", "a/exit", *nodes))
    turn = found.nodes["a/loop"].attrs["body"]
    assert "While" in _ops(turn) and "While" not in _ops(turn.nodes["b/loop"].attrs["body"])
    # A turn adds x + 3, to which the inner loop counts: 1, 5, 13.
    assert model(*nodes, outputs="a/exit", inputs=_SCALAR).evaluate({"x": np.int32(1)})["a/exit"] == 13


def test_a_loop_of_two_conditions_is_refused() -> None:
    nodes = {each.name: each for each in _loop("a", "x", "n")}
    nodes["a/cond"] = node("a/cond", "Identity", "a/less")
    with pytest.raises(OpError, match="the loop a has more than one condition, or none"):
        functional(body("f", "x n", "a/exit", *nodes.values()))


@pytest.mark.parametrize(("x", "expected"), [(3, 6), (-3, 9)])
def test_a_switch_and_a_merge_become_an_if(x: int, expected: int) -> None:
    nodes = [*_positive(), *_branch("y", "x", "positive")]
    assert "If" in _ops(functional(body("f", "x", "y", *nodes)))
    assert model(*nodes, outputs="y", inputs=_SCALAR).evaluate({"x": np.int32(x)})["y"] == expected


@pytest.mark.parametrize(("x", "expected"), [(3, 0), (-3, 1)])
def test_a_merge_tells_which_of_its_inputs_came(x: int, expected: int) -> None:
    made = model(*_positive(), *_branch("y", "x", "positive"), outputs="y:1", inputs=_SCALAR)
    assert made.evaluate({"x": np.int32(x)})["y"] == expected


@pytest.mark.parametrize(("x", "expected"), [(3, 6), (30, 900), (-3, -3)])
def test_branches_in_branches_become_bodies_in_bodies(x: int, expected: int) -> None:
    inner = [const("ten", 10), node("small", "Less", "outer:1", "ten"), *_branch("inner", "outer:1", "small")]
    nodes = [*_positive(), node("outer", "Switch", "x", "positive"), *inner, node("y", "Merge", "outer", "inner")]
    found = functional(body("f", "x", "y", *nodes))
    assert "If" in _ops(found.nodes["y/branch"].attrs["then_branch"])
    assert "If" not in _ops(found.nodes["y/branch"].attrs["else_branch"])
    assert model(*nodes, outputs="y", inputs=_SCALAR).evaluate({"x": np.int32(x)})["y"] == expected


def test_merges_of_one_condition_are_one_branch() -> None:
    nodes = [*_positive(), *_branch("y", "x", "positive"), *_branch("z", "x", "positive")]
    found = functional(body("f", "x", "y z", *nodes))
    assert sum(each.op == "If" for each in found.nodes.values()) == 1


def test_a_merge_that_needs_another_is_a_branch_after_it() -> None:
    nodes = [*_positive(), *_branch("y", "x", "positive"), *_branch("z", "y", "positive")]
    assert sum(each.op == "If" for each in functional(body("f", "x", "z", *nodes)).nodes.values()) == 2
    assert model(*nodes, outputs="z", inputs=_SCALAR).evaluate({"x": np.int32(-2)})["z"] == 16


def test_a_switch_of_numbers_becomes_a_case() -> None:
    nodes = [
        node("s", "_SwitchN", "x", "x", num_outs=3),
        node("double", "AddV2", "s", "s"), node("square", "Mul", "s:1", "s:1"), node("negative", "Neg", "s:2"),
        node("y", "Merge", "double", "square", "negative"),
    ]  # fmt: skip
    assert "Case" in _ops(functional(body("f", "x", "y", *nodes)))
    made = model(*nodes, outputs="y", inputs=_SCALAR)
    assert [int(made.evaluate({"x": np.int32(x)})["y"]) for x in (0, 1, 2)] == [0, 1, -2]
