"""The texts that an attribute refers to."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from totfjs.sources.keras.reading.headers import text_references
from totfjs.sources.keras.reading.heap import Heap
from totfjs.sources.keras.reading.structure import file_place
from totfjs.sources.keras.reading.window import Window


def texts(path: Path, name: str) -> list[str] | None:
    with h5py.File(path) as file:
        address = h5py.h5o.get_info(file["group"].id).addr
    with Window(file_place(path)) as window:
        references = text_references(window, address, name.encode())
        return None if references is None else [text.decode() for text in Heap(window).texts(references, name)]


@pytest.mark.parametrize("options", [{}, {"libver": "latest"}, {"track_order": True}], ids=str)
def test_they_are_found_in_both_versions_of_headers(tmp_path: Path, options: dict[str, object]) -> None:
    with h5py.File(tmp_path / "m.h5", "w", **options) as file:
        group = file.create_group("group")
        for index in range(5):  # the header continues elsewhere
            group.attrs[f"other{index}"] = ["x" * 20] * (index + 1)
        group.attrs["names"] = ["ab", "", "cde", "ü"]
        group.attrs["one"] = "x" * 100_000
    assert texts(tmp_path / "m.h5", "names") == ["ab", "", "cde", "ü"]
    assert texts(tmp_path / "m.h5", "one") == ["x" * 100_000]
    assert texts(tmp_path / "m.h5", "none") is None


def test_many_attributes_lie_elsewhere(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w", libver="latest") as file:
        for index in range(20):
            file.require_group("group").attrs[f"a{index}"] = "x"
    assert texts(tmp_path / "m.h5", "a3") is None
