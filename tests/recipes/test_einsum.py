"""Sums of products by labels."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.graph.builder import Builder
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.einsum import einsum, labels

SIZES = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 1}


def _array(part: str, seed: int) -> np.ndarray:
    shape = [SIZES[label] for label in part.replace("...", "be")]
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    "equation",
    [
        "ab,bc->ac", "ab,bc->ca", "abc,cd->abd", "abc,abd->acd", "abc,abd->cda", "abc,b->c", "a,d->da", "ab,ab->",
        "ab,cd->ad", "...a,ac->...c", "...a,...c->ac...", "a...,ac->c...", "...,...->...", "a...,c->...",
    ],
)  # fmt: skip
def test_it_is_what_numpy_computes(equation: str) -> None:
    builder, parts = Builder(("cpu", "wasm")), equation.partition("->")[0].split(",")
    arrays = [_array(part, seed) for seed, part in enumerate(parts)]
    given = [builder.input(name, DType.FLOAT32, array.shape) for name, array in zip("xy", arrays, strict=True)]
    graph = builder.build({"z": einsum(equation, *given)})
    (result,) = interpret(graph, dict(zip("xy", arrays, strict=True))).values()
    # numpy wants dims without labels to stay; here a result without them is their sum.
    expected = equation if equation != "a...,c->..." else "abe,c->be"
    np.testing.assert_allclose(result, np.einsum(expected, *arrays), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("equation", "ranks", "message"),
    [
        ("ab,bc", (2, 2), "is not understood"),
        ("ab->ba", (2, 2), "is not understood"),
        ("aa,ab->b", (2, 2), "is not one for tensors of 2 and 2 dims"),
        ("ab,bc->ac", (3, 2), "is not one for tensors of 3 and 2 dims"),
        ("...abc,c->a", (2, 1), "is not one for tensors of 2 and 1 dims"),
        ("ab,bc->ad", (2, 2), "has labels that no operand has"),
    ],
)
def test_what_is_no_product_of_these_tensors_is_refused(equation: str, ranks: tuple[int, ...], message: str) -> None:
    with pytest.raises(OpError, match=message):
        labels(equation, *ranks)
