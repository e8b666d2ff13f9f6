from __future__ import annotations

from tests.passes.harness import Builder, Tensor, b, build, fires, stays
from totfjs.passes.dead_nodes import drop_dead_nodes


def test_what_no_output_needs_goes_and_inputs_stay(engine: object) -> None:
    def make(g: Builder, x: Tensor, y: Tensor) -> Tensor:
        g.op("Exp", g.op("Sin", y))
        return g.op("Abs", x)

    after = fires(engine, drop_dead_nodes, build(make, (b, 3), (b, 2)), {"Abs": 1})
    assert list(after.inputs) == ["x", "y"]


def test_a_graph_without_dead_nodes_is_returned_as_it_is() -> None:
    stays(drop_dead_nodes, build(lambda g, x: g.op("Abs", x), (b,)))
