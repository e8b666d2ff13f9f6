from __future__ import annotations

import pytest

from totfjs.serving.ranges import UnsatisfiableError, range_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-99", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
        (" Bytes = 2 - 5 ", (2, 6)),
        ("bytes=0-999999999999999999", (0, 10)),
    ],
)
def test_one_range_is_a_part(header: str, part: tuple[int, int]) -> None:
    assert range_of(header, 10) == part


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=1.0-2",
        "bytes=--1", "bytes=0x1-2", "bytes=" + "9" * 5000 + "-", "bytes=٣-٤", "bytes=0-1;2-3",
    ],
)  # fmt: skip
def test_anything_else_is_the_whole(header: str | None) -> None:
    assert range_of(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"])
def test_what_the_file_has_not_is_told(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        range_of(header, 10)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_an_empty_file_has_no_part(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        range_of(header, 0)
