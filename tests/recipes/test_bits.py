from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.recipes import bits

WORDS = np.array([0, 1, -1, 255, -256, 0x12345678, -0x12345678, 2**31 - 1, -(2**31)], np.int32)


def applied(recipe: Callable[..., Tensor], *constants: int) -> tuple[np.ndarray, int]:
    """The result for the words, and the number of operations it takes."""
    builder = Builder()
    x = builder.input("x", DType.INT32, WORDS.shape)
    y = recipe(x, *(builder.const(constant, DType.INT32) for constant in constants))
    graph = builder.build({"y": y})
    count = sum(node.op not in ("Const", "Placeholder") for node in graph)
    return np.broadcast_to(interpret(graph, {"x": WORDS})["y"], WORDS.shape), count


@pytest.mark.parametrize(
    ("mask", "most"),
    [(0, 0), (-1, 0), (255, 1), (0xFF00, 3), (2**31 - 1, 3), (-(2**31), 4), (0x3F800000, 3), (0x0F0F0F0F, 14)],
)
def test_a_mask_of_few_runs_takes_few_operations(mask: int, most: int) -> None:
    found, count = applied(bits.bitwise_and, mask)
    np.testing.assert_array_equal(found, WORDS & np.int32(mask))
    assert count <= most


def test_a_mask_of_many_runs_goes_through_the_table() -> None:
    found, count = applied(bits.bitwise_xor, 0x12345678)
    np.testing.assert_array_equal(found, WORDS ^ np.int32(0x12345678))
    assert count <= 30


@pytest.mark.parametrize("count", [0, 1, 6, 7, 16, 31, 32, -1])
def test_shifts_by_a_constant_take_few_operations(count: int) -> None:
    inside = 0 <= count < 32
    unsigned = WORDS.view(np.uint32)
    for recipe, expected in (
        (bits.shift_left, (unsigned << np.uint32(count % 32)) * inside),
        (bits.shift_right_logical, (unsigned >> np.uint32(count % 32)) * inside),
        (bits.shift_right_arithmetic, (WORDS >> (count if inside else 31)).view(np.uint32)),
    ):
        found, operations = applied(recipe, count)
        np.testing.assert_array_equal(found.view(np.uint32), expected.astype(np.uint32))
        assert operations <= 9
