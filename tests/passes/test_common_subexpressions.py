from __future__ import annotations

import numpy as np

from tests.passes.harness import Builder, DType, Tensor, b, build, fires, normal, stays
from totfjs.passes.common_subexpressions import merge_common_subexpressions

X = (b, 3)


def test_equal_computations_become_one(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        return g.op("Sin", g.op("Exp", x)) * g.op("Sin", g.op("Exp", x))

    fires(engine, merge_common_subexpressions, build(make, X), {"Exp": 1, "Mul": 1, "Sin": 1})


def test_equal_constants_become_one() -> None:
    graph = build(lambda g, x: (x + normal(3)) * normal(3), X)
    assert len(list(merge_common_subexpressions(graph).constants)) == 1


def test_operands_of_sums_and_products_may_change_places(engine: object) -> None:
    fires(engine, merge_common_subexpressions, build(lambda g, x, y: (x + y) * (y + x), X, X), {"AddV2": 1, "Mul": 1})


def test_all_outputs_of_a_node_are_merged(engine: object) -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        return *g.ops("Split", 1, x, num_split=3), *g.ops("Split", 1, x, num_split=3)

    fires(engine, merge_common_subexpressions, build(make, X), {"Split": 1})


# --- where it must not fire -----------------------------------------------------------------------------------------


def test_inputs_stay_apart() -> None:
    stays(merge_common_subexpressions, build(lambda g, x, y: x + y, X, X))


def test_different_attributes_stay_apart() -> None:
    stays(merge_common_subexpressions, build(lambda g, x: g.op("LeakyRelu", x, alpha=0.1) - g.op("LeakyRelu", x), X))


def test_operands_of_a_difference_stay_in_place() -> None:
    stays(merge_common_subexpressions, build(lambda g, x, y: (x - y) * (y - x), X, X))


def test_operands_of_a_maximum_stay_in_place_because_wasm_drops_one_nan_only() -> None:
    stays(merge_common_subexpressions, build(lambda g, x, y: g.op("Maximum", x, y) - g.op("Maximum", y, x), X, X))


def test_constants_of_different_dtypes_or_shapes_stay_apart() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        zeros = (np.zeros(3, np.float32), np.zeros(3, np.int32), np.zeros((1, 3), np.float32), -np.zeros(3, np.float32))
        return tuple(g.op("Cast", g.const(zero), DstT=DType.FLOAT32) + x for zero in zeros)

    graph = build(make, X)
    assert len(list(merge_common_subexpressions(graph).constants)) == 4


def test_random_ops_stay_apart() -> None:
    def make(g: Builder, x: Tensor) -> Tensor:
        size = g.op("Shape", x)
        first, second = (g.op("RandomStandardNormal", size, seed=1, seed2=2, dtype=DType.FLOAT32) for _ in range(2))
        return first + second

    stays(merge_common_subexpressions, build(make, X))


def test_copies_that_are_written_into_stay_apart() -> None:
    """The second would see what was written into the first."""
    updates = np.ones((1, 3), np.float32)

    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        indices, more = g.const(np.array([[0]], np.int32)), g.const(np.array([[1]], np.int32))
        zero, rows = g.const(np.zeros((), np.float32)), g.const(updates)
        return tuple(
            g.op("TensorScatterUpdate", g.op("Reshape", x + zero, [-1, 3]), at, rows) for at in (indices, more)
        )

    after = merge_common_subexpressions(build(make, (2, 3)))
    assert len([node for node in after if node.op == "AddV2"]) == 2
