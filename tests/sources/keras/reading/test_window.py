"""A range of a file as a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from totfjs.errors import UnsafeKerasFileError
from totfjs.sources.keras.reading.window import Place, Window


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "f").write_bytes(bytes(range(100)))
    return Place(tmp_path / "f", 10, 20)


def test_it_begins_and_ends_where_the_range_does(place: Place) -> None:
    with Window(place) as window:
        assert window.read() == bytes(range(10, 30))
        assert window.read(1) == b""
        assert window.seek(-5, os.SEEK_END) == 15
        assert window.read(100) == bytes(range(25, 30))
        assert window.seek(50) == 50
        assert window.read(1) == b""
        assert window.read_at(18, 10) == bytes([28, 29])
        assert window.read_at(50, 10) == b""


def test_there_is_nothing_before_it(place: Place) -> None:
    with Window(place) as window, pytest.raises(OSError, match="negative"):
        window.seek(-21, os.SEEK_END)


def test_one_read_is_limited(place: Place) -> None:
    with Window(place, longest=10) as window:
        assert window.read(10) == bytes(range(10, 20))
        window.seek(0)
        with pytest.raises(UnsafeKerasFileError, match="11 bytes of it would be read at once"):
            window.read(11)
