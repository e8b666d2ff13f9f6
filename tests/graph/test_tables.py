from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, check_graph, model_of
from totfjs.graph.builder import Builder
from totfjs.graph.graph import Graph
from totfjs.graph.tables import initialized, initializer
from totfjs.graph.types import DType

I32, KEYS = DType.INT32, np.array([1, 5], np.int32)


def lookup(*, fed: bool = False, sized_before: bool = False) -> Graph:
    """A table of 1 → 2.0 and 5 → 4.0; its values are fed, or its size is read before it is filled."""
    b = Builder(backends=("cpu", "wasm"))
    asked = b.input("asked", I32, (2,))
    values = b.input("values", DType.FLOAT32, (2,)) if fed else b.const([2.0, 4.0])
    table = b.op("HashTableV2", key_dtype=I32, value_dtype=DType.FLOAT32, name="table")
    before = {"before": b.op("LookupTableSizeV2", table)} if sized_before else {}
    filled = b.op("LookupTableImportV2", table, b.const(KEYS), values, name="fill")
    return b.build({"found": b.op("LookupTableFindV2", filled, asked, 0.0), **before})


def test_constants_fill_a_table_once_and_lookups_read_it() -> None:
    graph = lookup()
    first, rest = initializer(graph), initialized(graph)
    assert first is not None
    assert [node.op for node in first] == ["HashTableV2", "Const", "Const", "LookupTableImportV2"]
    assert "fill" not in rest.nodes
    assert rest.nodes["LookupTableFindV2"].inputs[0].node == "table"


@pytest.mark.parametrize("options", [{"fed": True}, {"sized_before": True}])
def test_a_table_that_depends_on_when_it_is_filled_is_filled_in_the_graph(options: dict[str, bool]) -> None:
    graph = lookup(**options)
    assert initializer(graph) is None
    assert initialized(graph) is graph


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("fed", [False, True])
def test_lookups_are_right_however_often_the_model_runs(engine: object, backend: str, fed: bool) -> None:
    graph = lookup(fed=fed)
    inputs = {"asked": np.array([5, 7], np.int32), **({"values": np.array([2, 4], np.float32)} if fed else {})}
    check_graph(engine, graph, inputs, backend)
    model, data = model_of(graph)
    assert ("modelInitializer" in model) is not fed
    session = engine.load(model, [data], backend=backend)  # type: ignore[attr-defined]
    for _ in range(3):
        np.testing.assert_array_equal(session.execute(inputs)["found"], [4, 0])
    session.close()
