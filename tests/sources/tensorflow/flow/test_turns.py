"""What the bodies of a loop say of its turns."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import body, const, node
from totfjs.graph import dims
from totfjs.sources.tensorflow.flow.turns import Turns
from totfjs.sources.tensorflow.program import Body, Node

_ZERO = np.array(0, np.int32)
_LESS = body("cond", "i n x", "less", node("less", "Less", "i", "n"))
_BODY = body(
    "body", "i n x", "next same new",
    const("one", 1), node("next", "AddV2", "i", "one"), node("same", "Identity", "n"), node("new", "Mul", "x", "x"),
)  # fmt: skip


def _none(found: Node) -> tuple[Body, Body]:
    raise AssertionError(f"there is no loop inside, and {found} is taken for one")


def _turns(condition: Body = _LESS, turn: Body = _BODY) -> Turns:
    return Turns(condition, turn, _none)


def test_what_a_turn_passes_on_is_kept() -> None:
    assert _turns().kept == [False, True, False]


def test_what_changes_its_place_is_not_kept() -> None:
    assert _turns(turn=body("body", "a b c", "b a c")).kept == [False, False, True]


def test_what_an_inner_loop_leaves_as_it_is_is_kept() -> None:
    inner = body("cond", "i n x", "i"), body("body", "i n x", "i n y", node("y", "Mul", "x", "x"))
    outer = body("body", "i n x", "loop loop:1 loop:2", node("loop", "While", "i", "n", "x"))
    assert Turns(_LESS, outer, lambda found: inner).kept == [True, True, False]


def test_a_counter_begins_at_a_known_number_and_grows_by_one() -> None:
    assert _turns().counters([np.array(2, np.int32), _ZERO, _ZERO]) == {0: 2}


@pytest.mark.parametrize(
    "turn",
    [
        body("body", "i n x", "next n x", const("two", 2), node("next", "AddV2", "i", "two")),
        body("body", "i n x", "next n x", const("one", 1), node("next", "Sub", "i", "one")),
        body("body", "i n x", "next n x", const("one", 1), node("next", "AddV2", "n", "one")),
        body("body", "i n x", "next n x", const("one", [1]), node("next", "AddV2", "i", "one")),
    ],
    ids=["by two", "downwards", "from another", "a vector"],
)
def test_what_changes_otherwise_is_no_counter(turn: Body) -> None:
    assert _turns(turn=turn).counters([_ZERO, _ZERO, _ZERO]) == {}


def test_floats_are_no_counters() -> None:
    assert _turns().counters([np.float32(0), _ZERO, _ZERO]) == {}


def test_turns_are_counted_up_to_a_bound() -> None:
    assert _turns().count([np.array(2, np.int32), _ZERO, _ZERO], [2, 7, None]) == 5


def test_a_bound_below_the_start_gives_no_turn() -> None:
    assert _turns().count([np.array(9, np.int32), _ZERO, _ZERO], [9, 7, None]) == 0


def test_the_bound_may_be_a_size_of_the_inputs() -> None:
    assert _turns().count([_ZERO, _ZERO, _ZERO], [0, dims.symbol("b"), None]) == dims.symbol("b")


def test_a_bound_that_only_the_data_knows_gives_no_count() -> None:
    assert _turns().count([_ZERO, _ZERO, _ZERO], [0, None, None]) is None


def test_a_bound_that_a_turn_changes_gives_no_count() -> None:
    turn = body("body", "i n x", "next x n", const("one", 1), node("next", "AddV2", "i", "one"))
    assert _turns(turn=turn).count([_ZERO, _ZERO, _ZERO], [0, 3, 3]) is None


@pytest.mark.parametrize(("most", "expected"), [(3, 3), (30, 7)])
def test_of_two_bounds_the_nearer_counts(most: int, expected: int) -> None:
    less, near, both = (
        node("less", "Less", "i", "n"),
        node("near", "Less", "i", "most"),
        node("and", "LogicalAnd", "less", "near"),
    )
    condition = body("cond", "i n x", "and", less, near, both, const("most", most))
    assert _turns(condition).count([_ZERO, _ZERO, _ZERO], [0, 7, None]) == expected


def test_a_condition_of_the_data_gives_no_count() -> None:
    less, more, both = (
        node("less", "Less", "i", "n"),
        node("more", "Greater", "x", "n"),
        node("and", "LogicalAnd", "less", "more"),
    )
    assert _turns(body("cond", "i n x", "and", less, more, both)).count([_ZERO] * 3, [0, 7, None]) is None


_SET = node("set", "TensorListSetItem", "x", "i", "n")


def test_a_list_that_is_only_written_is_found() -> None:
    assert _turns(turn=body("body", "i n x", "i n set", _SET)).written_once(2) == _SET


@pytest.mark.parametrize(
    "turn",
    [
        body("body", "i n x", "i get set", _SET, node("get", "TensorListGetItem", "x", "i")),
        body("body", "i n x", "i get set", _SET, node("get", "TensorListGetItem", "set", "i")),
        body("body", "i n x", "i n twice", _SET, node("twice", "TensorListSetItem", "set", "n", "i")),
        body("body", "i n x", "i set set", _SET),
        body("body", "i n x", "i n x"),
    ],
    ids=["read before", "read after", "written twice", "given twice", "not written"],
)
def test_a_list_that_is_used_otherwise_is_not(turn: Body) -> None:
    assert _turns(turn=turn).written_once(2) is None


def test_a_list_that_the_condition_reads_is_not_only_written() -> None:
    condition = body(
        "cond", "i n x", "less", node("length", "TensorListLength", "x"), node("less", "Less", "i", "length")
    )
    assert _turns(condition, body("body", "i n x", "i n set", _SET)).written_once(2) is None
