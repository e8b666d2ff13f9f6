from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import DType, build, normal
from totfjs.passes import check_same

X = (2, 3)


def test_graphs_that_compute_the_same_pass() -> None:
    check_same(build(lambda g, x: x + x, X), build(lambda g, x: x * 2.0, X), {"x": normal(*X)})


def test_not_a_number_and_infinities_have_to_agree() -> None:
    graph = build(lambda g, x: g.op("Log", x), (3,))
    check_same(graph, graph, {"x": np.array([-1, 0, 1], np.float32)})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda g, x: x * 3.0, "a step changed out0 by 0.5"),
        (lambda g, x: g.op("Reshape", x * 2.0, [6]), "a step changed the type of out0"),
        (lambda g, x: (x * 2.0, x), "a step changed the outputs"),
        (lambda g, x: g.op("Log", x - 100.0), "a step changed out0 by inf"),
    ],
)
def test_a_difference_names_the_step_and_the_output(wrong: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_same(build(lambda g, x: x * 2.0, X), build(wrong, X), {"x": normal(*X)}, "a step")


def test_integers_have_to_be_equal() -> None:
    one, two = (build(lambda g, x, n=n: g.op("Cast", x, DstT=DType.INT32) * n, X) for n in (1, 2))
    with pytest.raises(AssertionError, match="out0 by inf"):
        check_same(one, two, {"x": 100 * normal(*X)})
