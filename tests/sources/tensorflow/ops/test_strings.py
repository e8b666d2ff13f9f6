"""Text that only some backends can work on: refused for the others, and right on those."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.ops.harness import run
from tests.sources.tensorflow.fixture import Fixture, fixtures
from tests.sources.tensorflow.test_ops import compare
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.sources.tensorflow.ops.strings import texts

ROWS = [each for each in fixtures() if each.family == "strings" and each.refused == "no kernel"]


@pytest.mark.parametrize("fixture", ROWS, ids=str)
def test_text_is_worked_on_where_there_are_kernels(engine: Any, fixture: Fixture) -> None:
    model = fixture.model()
    graph = distinct(optimize(model.graph(("cpu",))))
    fed, expected = fixture.inputs(), fixture.outputs()
    compare(run(engine, graph, fed, "cpu"), expected, 0)


def test_texts_keep_their_shape() -> None:
    assert texts([b"a", b""], (2, 1)).tolist() == [[b"a"], [b""]]
