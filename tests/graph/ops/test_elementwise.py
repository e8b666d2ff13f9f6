from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import call_of, case
from totfjs.graph import dims
from totfjs.graph.ops import spec
from totfjs.graph.ops.elementwise import GPU_INTEGERS, GPU_SUBNORMALS, broadcast_shapes, mixes, truncated, wrapped

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
    (rounded,) = [item for item in spec("AddV2").differences if item.reason == GPU_INTEGERS.reason]
    assert rounded.when(call_of(case("AddV2", operand, np.int32(1))))
    assert rounded.when(call_of(case("AddV2", np.array([2**24], np.int32), np.int32(1))))
    assert not rounded.when(call_of(case("AddV2", np.array([2**24 - 1], np.int32), np.int32(1))))
    assert not rounded.when(call_of(case("AddV2", operand.astype(np.float32), np.float32(1))))


def test_gpus_may_take_tiny_numbers_for_zero_and_be_less_exact() -> None:
    found = spec("Exp")
    assert not GPU_SUBNORMALS.certain and GPU_SUBNORMALS in found.differences
    assert GPU_SUBNORMALS.when(call_of(case("Exp", np.float32(1e-40))))
    assert not GPU_SUBNORMALS.when(call_of(case("Exp", np.float32(2e-38))))
    assert found.error("webgpu") == (found.gpu_tolerance, found.gpu_absolute)
    assert found.error("cpu") == (found.tolerance, found.absolute)
    assert 0 < spec("AddV2").error("webgl")[1] < 1.2e-38


def test_what_is_replaced_by_a_difference_may_be_rounded() -> None:
    assert mixes(np.float32(0), np.float32(0.1)) and mixes(np.float32(2), np.float32(3))
    assert not mixes(np.float32(1e10), np.float32(1))
    assert not mixes(np.float32(np.inf), np.float32(1))
