from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from totfjs.errors import ModelFileError, UsageError
from totfjs.graph.dims import symbol
from totfjs.graph.types import DType, TensorType
from totfjs.verification.files import arrays_of, labelled_of, pairs_of

X, Y = {"x": TensorType(DType.FLOAT32, (symbol("b"), 3))}, {"y": TensorType(DType.FLOAT32, (symbol("b"), 2))}
INPUT, OUTPUT = np.zeros((4, 3), np.float32), np.ones((4, 2), np.float32)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """What guides to conversion save."""
    np.save(tmp_path / "test_input.npy", INPUT)
    np.save(tmp_path / "expected_output.npy", OUTPUT)
    np.savez(tmp_path / "named.npz", x=INPUT, y=OUTPUT)
    np.savez(tmp_path / "saved.npz", test_input=INPUT, expected_output=OUTPUT)
    np.savez(tmp_path / "unnamed.npz", INPUT, OUTPUT)
    return tmp_path


@pytest.mark.parametrize(
    "names",
    [["."], ["test_input.npy", "expected_output.npy"], ["named.npz"], ["saved.npz"], ["unnamed.npz"]],
)
def test_pairs_come_in_one_file_in_two_or_in_a_directory(names: list[str], directory: Path) -> None:
    given, expected = pairs_of([directory / name for name in names], X, Y)
    assert [array.shape for array in given.values()] == [(4, 3)]
    assert {name: array.shape for name, array in expected.items()} == {"y": (4, 2)}


@pytest.mark.parametrize("pairs", [(INPUT, OUTPUT), {"x": INPUT, "y": OUTPUT}, ({"x": INPUT}, {"y": OUTPUT})])
def test_pairs_may_be_arrays(pairs: Any) -> None:
    given, expected = pairs_of(pairs, X, Y)
    assert (next(iter(given.values())) is INPUT, expected["y"] is OUTPUT) == (True, True)


def test_some_of_the_outputs_are_enough() -> None:
    outputs = {**Y, "z": Y["y"]}
    assert list(pairs_of({"x": INPUT, "z": OUTPUT}, X, outputs)[1]) == ["z"]


def test_a_directory_without_the_pair_says_which_names_it_takes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pair of test_input"):
        pairs_of(tmp_path, X, Y)


def test_one_array_is_no_pair() -> None:
    with pytest.raises(UsageError, match="are not inputs and outputs"):
        pairs_of(INPUT, X, Y)
    with pytest.raises(UsageError, match="the arrays are none"):
        pairs_of({"x": INPUT}, X, Y)


def test_a_file_of_one_array_is_read_without_pickles(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", INPUT)
    assert arrays_of(tmp_path / "x.npy")["x"].shape == (4, 3)
    np.save(tmp_path / "bad.npy", np.array([{}], dtype=object))
    with pytest.raises(ModelFileError, match="not a readable"):
        arrays_of(tmp_path / "bad.npy")
    with pytest.raises(ModelFileError, match="cannot be read"):
        arrays_of(tmp_path / "none.npy")


def test_an_archive_called_npy_holds_no_single_array(tmp_path: Path) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.savez(file, x=INPUT)
    with pytest.raises(ModelFileError, match="holds several arrays"):
        arrays_of(tmp_path / "x.npy")


def test_labels_lie_beside_the_inputs_or_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=INPUT, labels=np.arange(4))
    np.save(tmp_path / "labels.npy", np.arange(4))
    for data in (
        tmp_path / "data.npz",
        ({"x": INPUT}, tmp_path / "labels.npy"),
        ({"x": INPUT}, {"labels": np.arange(4)}),
    ):
        examples, labels = labelled_of(data)
        assert (list(examples), labels.tolist()) == (["x"], [0, 1, 2, 3])


def test_data_without_labels_are_refused() -> None:
    with pytest.raises(UsageError, match="they need `labels` and the inputs"):
        labelled_of({"x": INPUT})
    with pytest.raises(UsageError, match="The labels hold a, b"):
        labelled_of(({"x": INPUT}, {"a": INPUT, "b": INPUT}))
