"""Recurrences: one step after another or a loop, the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import run
from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import recurrence
from totfjs.recipes.recurrence import recur

X = np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3)


def _sums(length: Any, backwards: bool = False, features: tuple[int, ...] = (3,)) -> Graph:
    """Running sums, each halved before the next is added."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (2, length, *features))
    start = builder.const(np.zeros((2, *features), np.float32))
    every, (last,) = recur([x], [start], lambda now, old: [old[0] * 0.5 + now[0]], every=True, backwards=backwards)
    assert every is not None
    return distinct(builder.build({"every": every, "last": last}))


def _expected(x: np.ndarray, backwards: bool = False) -> np.ndarray:
    state, found = np.zeros_like(x[:, 0]), []
    for now in np.moveaxis(x[:, ::-1] if backwards else x, 1, 0):
        state = state * np.float32(0.5) + now
        found.append(state)
    return np.stack(found, 1)


def _ops(graph: Graph) -> set[str]:
    return {node.op for node in graph.nodes.values()}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("length", [5, dims.symbol("t")])
def test_steps_carry_their_state(engine: Any, length: Any, backwards: bool) -> None:
    graph = _sums(length, backwards)
    assert ("LoopCond" in _ops(graph)) is not isinstance(length, int)
    expected = _expected(X, backwards)
    for backend in ("cpu", "wasm"):
        found = run(engine, graph, {"x": X}, backend)
        np.testing.assert_allclose(found["every"], expected)
        np.testing.assert_allclose(found["last"], expected[:, -1])


def test_states_of_many_dims_are_taken_apart_and_put_together(engine: Any) -> None:
    x = np.arange(2 * 3 * 2 * 2 * 1 * 2, dtype=np.float32).reshape(2, 3, 2, 2, 1, 2)
    found = run(engine, _sums(3, features=(2, 2, 1, 2)), {"x": x}, "wasm")
    np.testing.assert_allclose(found["every"], _expected(x))


def test_more_nodes_than_are_good_become_a_loop(engine: Any) -> None:
    length = recurrence.MOST_NODES // 2 + 1
    graph = _sums(length)
    assert "LoopCond" in _ops(graph)
    assert "LoopCond" not in _ops(_sums(recurrence.MOST_NODES // 2))


def test_no_steps_are_refused() -> None:
    with pytest.raises(OpError, match="no steps"):
        _sums(0)


def test_a_loop_reads_nothing_that_may_come_late() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (2, dims.symbol("t"), 3))
    late = builder.op("Sum", x, [1])

    def step(now: list[Tensor], old: list[Tensor]) -> list[Tensor]:
        return [old[0] + now[0] * late]

    with pytest.raises(OpError, match="fewer steps, in a known number"):
        recur([x], [builder.const(np.zeros((2, 3), np.float32))], step)
