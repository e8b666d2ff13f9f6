from __future__ import annotations

import pytest

from totfjs.errors import UsageError
from totfjs.sizes import parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [("4MiB", 2**22), ("4MB", 4_000_000), (7, 7), ("7", 7), ("0.5 kib", 512), (" 1 GB ", 10**9), ("10b", 10)],
)
def test_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-4", "4 cats", "MiB", "4ib", 0, "1e6", None])
def test_sizes_that_are_none_are_refused(text):
    with pytest.raises(UsageError, match='Write it as "4MiB", "4MB" or a number of bytes'):
        parse_size(text)


def test_sizes_are_written_in_the_largest_unit_that_they_fill():
    written = {0: "0 B", 1023: "1023 B", 2048: "2.0 KiB", 1.5 * 2**20: "1.5 MiB", 5 << 30: "5.00 GiB"}
    assert {count: size_text(count) for count in written} == written
