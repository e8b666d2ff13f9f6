from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import call_of, case
from totfjs.graph import dims
from totfjs.graph.ops import spec
from totfjs.graph.ops.elementwise import GPU_INTEGERS, broadcast_shapes, truncated, wrapped

B = dims.symbol("b")


@pytest.mark.parametrize(
    ("shapes", "result"),
    [
        ([(), ()], ()),
        ([(2, 1), (3,)], (2, 3)),
        ([(B, 1), (3,)], (B, 3)),
        ([(1,), (B,), ()], (B,)),
        ([(0, 1), (1, 4)], (0, 4)),
    ],
)
def test_shapes_meet_from_the_right(shapes: list[dims.Shape], result: dims.Shape) -> None:
    assert broadcast_shapes(*shapes) == result


def test_shapes_that_do_not_meet_are_named() -> None:
    with pytest.raises(ValueError, match="sizes 2 and 3 do not broadcast"):
        broadcast_shapes((2, 1), (3, 1))


def test_javascript_wraps_what_does_not_fit_an_integer() -> None:
    numbers = [2.0**31, 2.0**32 + 5, -(2.0**31) - 1, 3e9, 2.9, -2.9, np.inf, np.nan, 2.0**60]
    assert wrapped(numbers).tolist() == [-(2**31), 5, 2**31 - 1, 3000000000 - 2**32, 2, -2, 0, 0, 0]


def test_webassembly_makes_the_least_integer_of_what_does_not_fit() -> None:
    numbers = [2.0**31, -(2.0**31), 2.0**31 - 1, 2.9, -2.9, np.nan]
    assert truncated(numbers).tolist() == [-(2**31), -(2**31), 2**31 - 1, 2, -2, -(2**31)]


@pytest.mark.parametrize("operand", [np.array([2**24 + 1], np.int32), np.array([-(2**31)], np.int32)])
def test_gpus_round_large_integers(operand: np.ndarray) -> None:
    assert GPU_INTEGERS in spec("AddV2").differences
    assert GPU_INTEGERS.when(call_of(case("AddV2", operand, np.int32(1))))
    assert not GPU_INTEGERS.when(call_of(case("AddV2", np.array([2**24], np.int32), np.int32(1))))
    assert not GPU_INTEGERS.when(call_of(case("AddV2", operand.astype(np.float32), np.float32(1))))
