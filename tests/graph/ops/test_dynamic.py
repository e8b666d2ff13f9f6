from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
RANDOM = np.random.default_rng(3)
WHERE = [
    case("Where", condition)
    for condition in (
        np.array([True, False, True]),
        np.array([[True, False], [False, True]]),
        np.array(True),
        np.zeros((0, 2), bool),
        np.zeros(3, bool),
        RANDOM.integers(0, 2, (2, 1, 3, 1, 2, 2)).astype(bool),
        np.array([0.0, 0.1, -0.0, np.nan, 256.0], f32),
        np.array([0, 256, -(2**31)], i32),
    )
]
DIFFERENCE = [
    case("ListDiff", x, y)
    for x, y in [
        (np.array([1, 2, 3, 2], i32), np.array([2, 5], i32)),
        (np.array([1.5, -0.0, np.inf], f32), np.array([0.0], f32)),
        (np.array([1, 2], i32), np.zeros(0, i32)),
        (np.zeros(0, f32), np.ones(2, f32)),
        (np.array([True, False]), np.array([False])),
    ]
]
BOXES = np.array(
    [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [1, 1, 0, -0.1], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [5, 5, 5, 6]], f32
)
SCORES = np.array([0.9, 0.75, 0.6, 0.95, 0.5, 0.3], f32)


def suppress(version: int, boxes: Any, scores: Any, most: int, *thresholds: float, **attrs: Any) -> Case:
    numbers = (np.array(number, f32) for number in thresholds)
    return case(f"NonMaxSuppressionV{version}", boxes, scores, np.array(most, i32), *numbers, **attrs)


MANY, RANKS = RANDOM.uniform(size=(60, 4)).astype(f32), RANDOM.integers(0, 20, 60).astype(f32)
SUPPRESS = [
    suppress(2, BOXES, SCORES, 3, 0.5),
    suppress(2, BOXES, SCORES, 9, 0.3),
    suppress(2, MANY, RANKS, 20, 0.4),
    suppress(2, np.zeros((0, 4), f32), np.zeros(0, f32), 3, 0.5),
    suppress(2, np.array([[0, 0, 1, 1], [0, 0, 1, 0.5]], f32), SCORES[:2], 2, 0.5),
    suppress(2, BOXES, SCORES, 3, 1.5),
    suppress(3, BOXES, SCORES, 6, 0.5, 0.55),
    suppress(3, MANY, RANKS, 60, 0.9, 3.0),
    suppress(4, BOXES, SCORES, 6, 0.5, 0.0, pad_to_max_output_size=True),
    suppress(4, BOXES, SCORES, 6, 0.5, 0.0),
    suppress(4, BOXES, SCORES, 9, 0.5, 0.0, pad_to_max_output_size=True),
    suppress(5, BOXES, SCORES, 6, 0.5, 0.2, 0.0),
    suppress(5, BOXES, SCORES, 6, 1.0, 0.2, 0.5),
    suppress(5, MANY, RANKS, 30, 1.0, 0.1, 0.3),
    suppress(5, BOXES, SCORES, 6, 0.5, 0.2, 0.5),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", [*WHERE, *DIFFERENCE, *SUPPRESS], ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_what_the_data_decides_is_a_dim_of_its_own() -> None:
    builder = Builder()
    found = builder.op("Where", builder.input("x", DType.BOOL, (3, 4)), name="found")
    assert str(found.type) == "int32[found.0,2]"
