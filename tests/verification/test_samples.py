from __future__ import annotations

import pytest

from totfjs.errors import UsageError
from totfjs.graph.dims import evaluate, parse
from totfjs.graph.limits import read_limited
from totfjs.graph.types import DType, TensorType
from totfjs.verification.samples import rounds


@pytest.mark.parametrize(
    "dims, expected",
    [
        (("3",), [{}]),
        (("b",), [{"b": 1}, {"b": 2}]),
        (("b", "t"), [{"b": 1, "t": 6}, {"b": 2, "t": 9}]),
        (("b", "32*h", "32*w"), [{"b": 1, "h": 2, "w": 3}, {"b": 2, "h": 3, "w": 4}]),
        (("b", "t>=8"), [{"b": 1, "t": 8}, {"b": 2, "t": 9}]),
        (("b", "t<=4"), [{"b": 1, "t": 4}, {"b": 2, "t": 4}]),
        (("b>=4", "t"), [{"b": 4, "t": 6}, {"b": 5, "t": 9}]),
        (("b", "t-9"), [{"b": 1, "t": 10}, {"b": 2, "t": 11}]),
        (("b", "floordiv(t,8)"), [{"b": 1, "t": 8}, {"b": 2, "t": 9}]),
        (("b", "s>=2*t", "t"), [{"b": 1, "s": 12, "t": 6}, {"b": 2, "s": 20, "t": 10}]),
    ],
)
def test_sizes_keep_to_the_limits_and_leave_no_dim_empty(dims: tuple[str, ...], expected: list[dict[str, int]]) -> None:
    read = [read_limited(dim) for dim in dims]
    limits = [limit for _, found in read for limit in found]
    types = {"x": TensorType(DType.FLOAT32, tuple(size for size, _ in read))}
    found = rounds(types, limits)
    for sizes in found:
        assert all(limit.holds(sizes) for limit in limits)
        assert all(evaluate(size, sizes) >= 1 for size, _ in read)
    if "s>=2*t" not in dims:
        assert list(found) == expected


def test_limits_that_nothing_fulfils_are_refused() -> None:
    _, limits = read_limited("8<=t<=4")
    with pytest.raises(UsageError, match="No sizes were found for which t >= 8"):
        rounds({"x": TensorType(DType.FLOAT32, (parse("t"),))}, limits)
