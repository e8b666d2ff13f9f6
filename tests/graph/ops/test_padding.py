from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
B = symbol("b")


def floats(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=f32).reshape(shape) + f32(0.5)


def ints(*values: Any) -> np.ndarray:
    return np.array(values, i32)


PLAIN = [floats(2, 3), np.arange(6, dtype=i32).reshape(2, 3) * 2**28 - 1, floats(2, 3) > 2]

CASES = [
    *(case("Pad", x, ints(*pads)) for x in PLAIN for pads in (([1, 2], [0, 3]), ([0, 0], [0, 0]))),
    *(case("PadV2", x, ints([1, 0], [0, 2]), value)
      for x, value in zip(PLAIN, (f32(-7.5), i32(-5), True), strict=True)),
    *(case("PadV2", PLAIN[0], ints([1, 0], [0, 2]), np.array(v, f32)) for v in (np.inf, -np.inf, np.nan, 1e-30)),
    *(case("PadV2", PLAIN[1], ints([1, 0], [0, 2]), np.array(v, i32)) for v in (2**31 - 1, -(2**31), 2**24 + 1)),
    *(case("Pad", floats(*(2,) * rank), ints(*([1, 2],) * rank)) for rank in range(1, 7)),
    *(case(op, x, ints(*([1, 0],) * 7), *value)
      for x in (floats(*(2,) * 7), np.ones((2,) * 7, i32))
      for op, value in (("Pad", ()), ("PadV2", (x.dtype.type(3),)))),
    case("SpaceToBatchND", floats(*(2,) * 7), ints(2), ints([0, 0])),
    case("BatchToSpaceND", floats(*(2,) * 7), ints(2), ints([0, 0])),
    case("Pad", floats(0, 3), ints([1, 1], [1, 1])),
    case("PadV2", floats(0, 3), ints([1, 1], [1, 1]), np.array(3, f32)),
    case("Pad", floats(2, 3, 3, 1), ints([0, 0], [1, 0], [0, 1], [0, 0])),
    *(case("MirrorPad", x, ints([1, 1], [2, 0]), mode=mode) for x in PLAIN for mode in ("REFLECT", "SYMMETRIC")),
    *(case("MirrorPad", floats(*(2,) * rank), ints(*([1, 0],) * rank), mode=mode)
      for rank in range(1, 7) for mode in ("REFLECT", "SYMMETRIC")),
    *(case("MirrorPad", floats(2, 3), ints([0, 0], [0, 0]), mode=mode) for mode in ("REFLECT", "SYMMETRIC")),
    case("MirrorPad", floats(2, 3), ints([2, 2], [3, 3]), mode="SYMMETRIC"),
    *(case("SpaceToBatchND", x.reshape(1, 2, 3), ints(2, 2), ints([0, 0], [1, 0])) for x in PLAIN),
    case("SpaceToBatchND", floats(2, 4, 6, 3), ints(2, 3), ints([0, 0], [0, 0])),
    case("SpaceToBatchND", floats(2, 4, 3), ints(4), ints([2, 2])),
    case("SpaceToBatchND", floats(2, 4), ints(1), ints([0, 0])),
    case("SpaceToBatchND", floats(1, 2, 2, 2, 2), ints(2, 2, 2), ints([0, 0], [0, 0], [0, 0])),
    *(case("BatchToSpaceND", x.reshape(2, 3, 1), ints(2), ints([0, 1])) for x in PLAIN),
    case("BatchToSpaceND", floats(12, 2, 3, 2), ints(2, 3), ints([0, 0], [2, 1])),
    case("BatchToSpaceND", floats(8, 3, 1, 1, 2), ints(2, 2, 2), ints([1, 2], [0, 0], [0, 1])),
    case("BatchToSpaceND", floats(4, 3), ints(2), ints([0, 0])),
    *(case("DepthToSpace", floats(2, 2, 3, 8), block_size=2, data_format=layout) for layout in ("NHWC",)),
    case("DepthToSpace", floats(2, 9, 3, 2), block_size=3, data_format="NCHW"),
    case("DepthToSpace", floats(2, 8, 3, 2), block_size=2, data_format="NCHW"),
    case("DepthToSpace", floats(1, 2, 2, 4), block_size=1),
    case("DepthToSpace", floats(0, 2, 2, 4), block_size=2),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_symbolic_sizes() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 2 * B, 4, 4))
    assert builder.op("Pad", x, [[0, 0], [1, 1], [0, 2], [0, 0]]).shape == (B, 2 * B + 2, 6, 4)
    assert builder.op("SpaceToBatchND", x, [2], [[1, 1]]).shape == (2 * B, B + 1, 4, 4)
    assert builder.op("BatchToSpaceND", x * 1.0, [1], [[0, 1]]).shape == (B, 2 * B - 1, 4, 4)
    assert builder.op("DepthToSpace", x, block_size=2).shape == (B, 4 * B, 8, 1)


@pytest.mark.parametrize(("op", "operands", "attrs", "reason"), [
    ("Pad", (floats(2), ints([1, -1])), {}, "a padding is negative"),
    ("Pad", (floats(2), ints([1, 1], [1, 1])), {}, r"paddings \[2, 2\] for 1 dims"),
    ("PadV2", (floats(2), ints([1, 1]), np.array(1, i32)), {}, "the value is int32, the tensor is float32"),
    ("MirrorPad", (floats(2), ints([2, 0])), {"mode": "REFLECT"}, "a padding of 2 is more than size 2 can mirror"),
    ("MirrorPad", (floats(2), ints([3, 0])), {"mode": "SYMMETRIC"}, "a padding of 3 is more than size 2 can mirror"),
    ("SpaceToBatchND", (floats(1, 3), [2], [[0, 0]]), {}, "3 is not divisible by 2"),
    ("BatchToSpaceND", (floats(3, 3), [2], [[0, 0]]), {}, "3 is not divisible by 2"),
    ("DepthToSpace", (floats(1, 1, 1, 3),), {"block_size": 2}, "3 is not divisible by 4"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(op: str, operands: Any, attrs: Any, reason: str) -> None:
    with pytest.raises(OpError, match=reason):
        Builder().op(op, *operands, **attrs)
