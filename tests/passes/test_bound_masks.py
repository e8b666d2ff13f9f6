from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, run
from tests.passes.harness import b, build, ops
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.passes.bound_masks import bound_masks

LEAST = float(np.finfo(np.float32).min)
# Nothing, something and everything of a row is masked.
GIVEN = {"x": np.array([[1, 2, 3], [3, -4, 1], [0.5, 9, 2]], np.float32)}
KEPT = np.array([[True, True, True], [True, False, True], [False, False, False]])


def chosen(builder: Builder, x: Tensor, mask: float = LEAST) -> Tensor:
    """As Flax masks."""
    logits = builder.op("SelectV2", builder.const(KEPT), x, builder.const(np.float32(mask)))
    return builder.op("Softmax", logits)


def added(builder: Builder, x: Tensor) -> Tensor:
    """As other frameworks do: the least number is added where something is masked."""
    masked = builder.const(np.where(KEPT, 0, 1).astype(np.float32))
    return builder.op("Softmax", x + masked * builder.const(np.float32(LEAST)))


def constants(graph: Graph) -> list[float]:
    return [float(node.array.numpy().min()) for node in graph.constants if node.array is not None]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("make", [chosen, added])
def test_rows_of_which_all_is_masked_are_uniform(engine: object, make: Callable[..., Tensor], backend: str) -> None:
    graph = build(make, (b, 3))
    after = bound_masks(graph)
    expected = interpret(graph, GIVEN)["out0"]
    assert expected[2].tolist() == pytest.approx([1 / 3] * 3)
    np.testing.assert_allclose(run(engine, distinct(after), GIVEN, backend)["out0"], expected, atol=1e-6)


def test_a_constant_that_is_chosen_is_replaced_at_no_cost() -> None:
    graph = build(chosen, (3, 3))
    after = bound_masks(graph)
    assert ops(after) == ops(graph)
    assert min(constants(after)) == np.float32(-1e19)
    assert bound_masks(after) is after


def test_what_is_added_is_bounded_by_a_maximum() -> None:
    after = bound_masks(build(added, (3, 3)))
    assert ops(after)["Maximum"] == 1
    assert bound_masks(after) is after


@pytest.mark.parametrize("mask", [-1e9, -np.inf])
def test_masks_that_gpus_understand_and_rows_of_nan_stay(mask: float) -> None:
    graph = build(lambda builder, x: chosen(builder, x, mask), (3, 3))
    assert bound_masks(graph) is graph


def test_a_choice_that_others_read_stays_and_a_maximum_bounds_it() -> None:
    def make(builder: Builder, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = builder.op("SelectV2", builder.const(KEPT), x, builder.const(np.float32(LEAST)))
        return builder.op("Softmax", logits), builder.op("Neg", logits)

    after = bound_masks(build(make, (3, 3)))
    assert ops(after)["Maximum"] == 1
    assert interpret(after, GIVEN)["out1"].max() == np.float32(-LEAST)
