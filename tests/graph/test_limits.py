from __future__ import annotations

import pytest

from totfjs.graph.limits import read_known, read_limited


@pytest.mark.parametrize(
    "text, dim, limits",
    [
        ("t", "t", []),
        ("4", "4", []),
        ("t>=4", "t", ["t >= 4"]),
        ("t > 4", "t", ["t >= 5"]),
        ("t<=64", "t", ["64 >= t"]),
        ("4<=t<64", "t", ["t >= 4", "64 >= t + 1"]),
        ("2*t+1>=s", "2*t + 1", ["2*t + 1 >= s"]),
    ],
)
def test_a_dim_is_read_with_what_is_known_of_it(text: str, dim: str, limits: list[str]) -> None:
    found, known = read_limited(text)
    assert (str(found), [str(limit) for limit in known]) == (dim, limits)


@pytest.mark.parametrize("text", ["t>=", ">=4", "4>=3", "t==4", "t=>4", "t>=b!"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_limited(text)


def test_a_limit_holds_for_some_sizes() -> None:
    _, (limit,) = read_limited("t>=2*s")
    assert limit.holds({"t": 4, "s": 2})
    assert not limit.holds({"t": 3, "s": 2})


@pytest.mark.parametrize(
    "text, limits",
    [("64 >= t + 1", ["64 >= t + 1"]), ("b<=2*t", ["2*t >= b"]), ("2*s == t", ["2*s >= t", "t >= 2*s"])],
)
def test_what_is_known_of_dims_is_read_by_itself(text: str, limits: list[str]) -> None:
    assert [str(limit) for limit in read_known(text)] == limits
