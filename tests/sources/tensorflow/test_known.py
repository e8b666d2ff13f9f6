"""What is computed while lowering: integers always, floats where only one result is right, never what fits no dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from totfjs.sources.tensorflow.known import FEW, foldable, folded
from totfjs.sources.tensorflow.program import Node


def _value(op: str, *operands: Any, **attrs: Any) -> np.ndarray | None:
    node, arrays = Node("n", op, attrs=attrs), tuple(map(np.asarray, operands))
    if not foldable(node, arrays):
        return None
    found = folded(node, arrays)
    return None if found is None else found[0]


@pytest.mark.parametrize(
    ("op", "operands", "attrs", "expected"),
    [
        ("TruncateDiv", (np.int32(-7), np.int32(2)), {}, np.int32(-3)),
        ("FloorDiv", (np.int32(-7), np.int32(2)), {}, np.int32(-4)),
        ("TruncateMod", (np.int32(-7), np.int32(3)), {}, np.int32(-1)),
        ("FloorMod", (np.int32(-7), np.int32(3)), {}, np.int32(2)),
        ("Mul", (np.uint8(200), np.uint8(2)), {}, np.uint8(144)),
        ("LeftShift", (np.uint64(1), np.uint64(63)), {}, np.uint64(1 << 63)),
        ("RightShift", (np.int32(-8), np.int32(99)), {}, np.int32(-1)),
        ("RealDiv", (np.float32(1), np.float32(3)), {}, np.float32(1) / np.float32(3)),
        ("Cast", (np.float32(2.9),), {"DstT": "int32"}, np.int32(2)),
        ("Cast", (np.int32(3),), {"DstT": "float64"}, np.float64(3)),
        ("Rint", (np.float32(2.5),), {}, np.float32(2)),
    ],
)  # fmt: skip
def test_it_has_the_value_and_the_dtype_that_tensorflow_gives(
    op: str, operands: Any, attrs: Any, expected: Any
) -> None:
    found = _value(op, *operands, **attrs)
    assert found is not None and found.dtype == expected.dtype and found == expected


@pytest.mark.parametrize(
    ("op", "operands", "attrs"),
    [
        ("FloorDiv", (np.int32(1), np.int32(0)), {}),
        ("RealDiv", (np.float32(1), np.float32(0)), {}),
        ("Sqrt", (np.float32(-1),), {}),
        ("Exp", (np.float32(1),), {}),
        ("Round", (np.int32(1),), {}),
        ("Pow", (np.float32(2), np.float32(0.3)), {}),
        ("Pow", (np.int32(2), np.int32(-1)), {}),
        ("Cast", (np.float32(3e9),), {"DstT": "int32"}),
        ("Cast", (np.float32(np.nan),), {"DstT": "int32"}),
        ("Cast", (np.float32(300),), {"DstT": "uint8"}),
        ("Cast", (np.float32(1.3),), {"DstT": "bfloat16"}),
        ("AddV2", (np.zeros(FEW, np.float32), np.float32(1)), {}),
    ],
)  # fmt: skip
def test_the_rest_is_left_to_the_graph(op: str, operands: Any, attrs: Any) -> None:
    assert _value(op, *operands, **attrs) is None
