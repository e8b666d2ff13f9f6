"""Arrays of every dtype and layout that HDF5 has for numbers and text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from totfjs.sources.keras.reading.structure import file_place, open_tree
from totfjs.weights.array import Array


def read(path: Path) -> Array:
    with open_tree(file_place(path)) as tree:
        return tree.array(tree.root, "x")


def stored(path: Path, values: Any, **options: Any) -> Array:
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **options)
    return read(path)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "i1", "i8", ">i2", "u1", "u4", "c8", "?"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)])
def test_numbers_are_those_of_the_file(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    values = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    array = stored(tmp_path / "m.h5", values)
    assert array.shape == shape
    assert array.dtype == values.dtype.newbyteorder("=")
    np.testing.assert_array_equal(array.numpy(), values)


@pytest.mark.parametrize("shape", [(7,), (100, 30), (9, 8, 7)])
@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True}], ids=str)
def test_chunks_are_put_together(tmp_path: Path, shape: tuple[int, ...], options: dict[str, Any]) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype("f4")
    array = stored(tmp_path / "m.h5", values, chunks=tuple(min(4, dim) for dim in shape), **options)
    np.testing.assert_array_equal(array.numpy(), values)
    pieces = list(array.chunks(limit=64))
    assert max(piece.nbytes for piece in pieces) <= 64
    np.testing.assert_array_equal(np.concatenate(pieces), values.reshape(-1))


def test_values_within_the_header_are_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        dataset = h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F32BE, space, created)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.float32([1, 2, 3]))
    np.testing.assert_array_equal(read(tmp_path / "m.h5").numpy(), np.float32([1, 2, 3]))


@pytest.mark.parametrize(
    "values", [np.array([b"ab", b"c"]), np.array(["ab", "c"], object)], ids=["fixed", "any length"]
)
def test_text_is_bytes(tmp_path: Path, values: np.ndarray) -> None:
    array = stored(tmp_path / "m.h5", values)
    assert array.dtype == object
    assert array.numpy().tolist() == [b"ab", b"c"]


def test_arrays_outlive_the_reading_and_hold_no_file_open(tmp_path: Path) -> None:
    array = stored(tmp_path / "m.h5", np.ones(4, "f4"))
    (tmp_path / "m.h5").rename(tmp_path / "moved.h5")
    (tmp_path / "moved.h5").rename(tmp_path / "m.h5")
    np.testing.assert_array_equal(array.numpy(), np.ones(4))


def test_equal_keys_mean_the_same_values(tmp_path: Path) -> None:
    plain = stored(tmp_path / "m.h5", np.ones(4, "f4"))
    packed = stored(tmp_path / "c.h5", np.ones(4, "f4"), chunks=(2,), compression="gzip")
    assert plain.key == read(tmp_path / "m.h5").key != stored(tmp_path / "n.h5", np.ones(4, "f4")).key
    assert packed.key == read(tmp_path / "c.h5").key != plain.key
