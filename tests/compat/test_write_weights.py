"""Weights written with the old names are those that the old package wrote, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.compat import old
from tests.fixtures.compat.arrays import CASES, NATIVE
from totfjs.compat.write_weights import write_weights
from totfjs.errors import NarrowingError, OutputError, QuantizationError, UsageError


def groups_of(names: list[list[str]]) -> list[list[dict[str, Any]]]:
    return [[{"name": name, "data": old.arrays()[name]} for name in group] for group in names]


def group(**arrays: np.ndarray) -> list[list[dict[str, Any]]]:
    return [[{"name": name, "data": array} for name, array in arrays.items()]]


@pytest.mark.parametrize("name", CASES)
def test_files_and_manifest_are_those_of_the_old_package(name: str, tmp_path: Path) -> None:
    expected = old.files(f"weights/{name}")
    expected.pop("read.npz")
    manifest = write_weights(groups_of(CASES[name]["names"]), str(tmp_path), **CASES[name]["settings"])
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written.keys() == expected.keys()
    assert all(written[file] == content for file, content in expected.items() if file.endswith(".bin"))
    if "weights_manifest.json" in expected:
        assert ordered(written["weights_manifest.json"]) == ordered(expected["weights_manifest.json"])
        assert ordered(json.dumps(manifest)) == ordered(expected["weights_manifest.json"])


def ordered(text: bytes | str) -> Any:
    """JSON with the order of its keys."""
    return json.loads(text, object_pairs_hook=list)


def test_the_entries_stay_as_they_are_given(tmp_path: Path) -> None:
    groups = group(double=np.asarray([0.5]), long=np.asarray([1]))
    write_weights(groups, tmp_path)
    assert [item["data"].dtype for item in groups[0]] == [np.float64, np.int64]


def test_what_is_in_the_directory_stays_and_shards_of_the_same_names_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    for value in (1, 2):
        write_weights(group(a=np.full(3, value, np.int32)), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.json", "group1-shard1of1.bin", "weights_manifest.json"
    }  # fmt: skip
    assert (tmp_path / "group1-shard1of1.bin").read_bytes() == np.full(3, 2, "<i4").tobytes()


def test_nothing_is_written_when_one_weight_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NarrowingError, match="2147483648"):
        write_weights(group(a=np.zeros(3, np.float32), b=np.asarray([2**31])), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", NATIVE)
def test_small_integers_have_the_bytes_of_the_old_package_and_load(dtype: str, tmp_path: Path) -> None:
    """There they were written as they are, with a dtype that TensorFlow.js does not load."""
    manifest = write_weights(group(x=NATIVE[dtype]), tmp_path)
    assert (tmp_path / "group1-shard1of1.bin").read_bytes() == NATIVE[dtype].tobytes()
    line = manifest[0]["weights"][0]
    assert line["dtype"] == "int32" and line["quantization"]["dtype"] == dtype


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint32", "uint64", "float64", ">f4", ">i4"])
def test_dtypes_that_the_old_package_refused_are_written_as_their_numbers(dtype: str, tmp_path: Path) -> None:
    manifest = write_weights(group(x=np.asarray([0, 1, 100], dtype)), tmp_path)
    wanted = "float32" if np.dtype(dtype).kind == "f" else "int32"
    assert manifest[0]["weights"][0]["dtype"] == wanted
    read = np.frombuffer((tmp_path / "group1-shard1of1.bin").read_bytes(), np.dtype(wanted).newbyteorder("<"))
    np.testing.assert_array_equal(read, [0, 1, 100])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_an_empty_array_is_left_alone_by_quantization(dtype: str, tmp_path: Path) -> None:
    manifest = write_weights(group(x=np.zeros((0, 2), np.float32)), tmp_path, quantization_dtype_map={dtype: True})
    assert manifest == [{"paths": [], "weights": [{"name": "x", "shape": [0, 2], "dtype": "float32"}]}]


@pytest.mark.parametrize(("values", "dtype"), [([np.inf, 0], "uint8"), ([np.nan, 0], "uint16"), ([1e5, 0], "float16")])
def test_numbers_that_quantization_would_destroy_are_refused(values: Any, dtype: str, tmp_path: Path) -> None:
    with pytest.raises(QuantizationError, match="cannot"):
        write_weights(group(x=np.asarray(values, np.float32)), tmp_path, quantization_dtype_map={dtype: True})


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ((), "list of at least one group"),
        ([], "list of at least one group"),
        ([{}], r"weight_groups\[0\] must be a list"),
        ([[], [{"data": np.zeros(1)}]], r"weight_groups\[1\]\[0\] has no text"),
        ([[{"name": "a", "data": [1]}]], r"weight_groups\[0\]\[0\] is no numpy array"),
        ([*group(a=np.zeros(1)), *group(a=np.zeros(1))], "Two weights are named 'a'"),
    ],
)
def test_groups_of_another_form_are_refused(groups: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        write_weights(groups, tmp_path)


@pytest.mark.parametrize("size", [0, -1, 1.5, True])
def test_a_size_of_shards_is_a_positive_integer(size: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="integer greater than 0"):
        write_weights(group(a=np.zeros(1)), tmp_path, shard_size_bytes=size)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_weights(group(a=np.zeros(1)), tmp_path / "file")
