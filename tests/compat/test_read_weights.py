"""Weights that the old package wrote are read as it read them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.compat import old
from totfjs.compat.read_weights import decode_weights, read_weights
from totfjs.compat.write_weights import write_weights
from totfjs.errors import UsageError, WeightFileError

READ = ["plain", "shards", "groups", "uint8", "uint16", "float16", "patterns"]


@pytest.mark.parametrize("case", READ)
def test_arrays_are_those_that_the_old_package_read(case: str, tmp_path: Path) -> None:
    directory = old.unpacked(f"weights/{case}", tmp_path)
    manifest = json.loads((directory / "weights_manifest.json").read_text())
    expected = {name.replace("|", "/"): array for name, array in np.load(directory / "read.npz").items()}
    found = {item["name"]: item["data"] for item in read_weights(manifest, str(directory), flatten=True)}
    assert list(found) == [line["name"] for group in manifest for line in group["weights"]]
    for name, array in expected.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array, strict=True)


@pytest.mark.parametrize("case", READ)
def test_memory_is_read_like_files(case: str, tmp_path: Path) -> None:
    directory = old.unpacked(f"weights/{case}", tmp_path)
    manifest = json.loads((directory / "weights_manifest.json").read_text())
    buffers: list[Any] = [b"".join((directory / path).read_bytes() for path in group["paths"]) for group in manifest]
    for one, other in zip(read_weights(manifest, directory), decode_weights(manifest, buffers), strict=True):
        assert [item["name"] for item in one] == [item["name"] for item in other]
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left["data"], right["data"])


def test_strings_are_bytes(tmp_path: Path) -> None:
    words = np.asarray([["a", "é"], ["", "日本"]], object)
    manifest = write_weights([[{"name": "words", "data": words}]], tmp_path)
    ((item,),) = read_weights(manifest, tmp_path)
    assert item["data"].tolist() == [[b"a", "é".encode()], [b"", "日本".encode()]]


def test_strings_of_no_element_take_no_bytes(tmp_path: Path) -> None:
    """The old package read over four bytes of what follows."""
    groups = [[{"name": "none", "data": np.zeros((0,), object)}, {"name": "one", "data": np.asarray([7], np.int32)}]]
    manifest = write_weights(groups, tmp_path)
    none, one = read_weights(manifest, tmp_path, flatten=True)
    assert none["data"].shape == (0,) and one["data"].tolist() == [7]


def test_one_buffer_is_enough_for_one_group() -> None:
    manifest = [{"paths": ["x"], "weights": [{"name": "a", "shape": [2], "dtype": "int32"}]}]
    data = np.asarray([1, 2], "<i4").tobytes()
    for buffer in (data, bytearray(data), memoryview(data), [io.BytesIO(data).getbuffer()]):
        (item,) = decode_weights(manifest, buffer, flatten=True)
        assert item["data"].tolist() == [1, 2]


@pytest.mark.parametrize("manifest", [{}, None, [1], "x"])
def test_what_is_no_manifest_is_refused(manifest: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a list of groups"):
        read_weights(manifest, tmp_path)


def test_groups_and_buffers_are_as_many() -> None:
    with pytest.raises(UsageError, match="1 groups, and 2 buffers"):
        decode_weights([{"paths": [], "weights": []}], [b"", b""])


@pytest.mark.parametrize("size", [7, 9])
def test_a_buffer_of_another_size_is_refused(size: int) -> None:
    manifest = [{"paths": ["x"], "weights": [{"name": "a", "shape": [2], "dtype": "float32"}]}]
    with pytest.raises(WeightFileError, match="bytes"):
        decode_weights(manifest, bytes(size))
