from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, run
from totfjs.graph.builder import Builder
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType

SHAPE = (40, 50)
OPS: dict[str, dict[str, Any]] = {
    "RandomUniform": {"minval": -2.0, "maxval": 3.0},
    "RandomStandardNormal": {},
    "TruncatedNormal": {"means": 1.0, "stddev": 0.5},
}
SEEDED = ("RandomStandardNormal", "TruncatedNormal")
Expected = Callable[[np.ndarray], bool]
HOLDS: dict[str, Expected] = {
    "RandomUniform": lambda x: bool((x >= -2).all() and (x < 3).all() and abs(x.mean() - 0.5) < 0.2),
    "RandomStandardNormal": lambda x: bool(abs(x.mean()) < 0.1 and abs(x.std() - 1) < 0.1),
    "TruncatedNormal": lambda x: bool((abs(x - 1) <= 1).all() and abs(x.mean() - 1) < 0.1),
}


def graph(op: str, *operands: Any, **attrs: Any) -> Graph:
    builder = Builder(backends=())
    return distinct(builder.build({"y": builder.op(op, *operands, **attrs)}))


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", OPS)
def test_random_tensors_follow_their_distribution(engine: object, op: str, backend: str) -> None:
    model = graph(op, SHAPE, seed=7, **OPS[op])
    first, again = (run(engine, model, {}, backend)["y"] for _ in range(2))
    other = run(engine, graph(op, SHAPE, seed=8, **OPS[op]), {}, backend)["y"]
    assert first.shape == SHAPE and first.dtype == np.float32 and HOLDS[op](first)
    assert (first != other).any()
    assert np.array_equal(first, again) == (op in SEEDED)


@pytest.mark.parametrize("op", OPS)
def test_the_interpreter_draws_from_the_same_distribution(op: str) -> None:
    values = interpret(graph(op, SHAPE, seed=7, **OPS[op]), {})["y"]
    assert values.shape == SHAPE and values.dtype == np.float32 and HOLDS[op](values)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_random_integers_are_below_their_maximum(engine: object, backend: str) -> None:
    model = graph("RandomUniformInt", (2000,), minval=1, maxval=4)
    values = run(engine, model, {}, backend)["y"]
    assert values.dtype == np.int32
    assert set(values.tolist()) == set(interpret(model, {})["y"].tolist()) == {1, 2, 3}


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_negative_random_integers_are_wrong(engine: object, backend: str) -> None:
    model = graph("RandomUniformInt", (2000,), minval=-1, maxval=1)
    assert set(interpret(model, {})["y"].tolist()) == {-1, 0}
    assert set(run(engine, model, {}, backend)["y"].tolist()) == {0}
    with pytest.raises(OpError, match="it rounds negative numbers up"):
        Builder().op("RandomUniformInt", (2,), minval=-1, maxval=1)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_samples_follow_the_logits(engine: object, backend: str) -> None:
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 1e-30]], np.float32))
    model = graph("Multinomial", logits, 3000, seed=7)
    expected = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0]])
    for samples in (run(engine, model, {}, backend)["y"], interpret(model, {})["y"]):
        assert samples.shape == (2, 3000) and samples.dtype == np.int32
        shares = np.array([np.bincount(row, minlength=3) for row in samples]) / 3000
        np.testing.assert_allclose(shares, expected, atol=0.05)


def test_logits_are_a_matrix() -> None:
    builder = Builder()
    with pytest.raises(OpError, match="logits have 1 dims, not 2"):
        builder.op("Multinomial", builder.input("x", DType.FLOAT32, (3,)), 4)


@pytest.mark.parametrize("op", [*OPS, "RandomUniformInt", "Multinomial"])
def test_random_ops_are_never_folded(op: str) -> None:
    assert not spec(op).pure
