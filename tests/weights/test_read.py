import json

import numpy as np
import pytest

from totfjs.errors import WeightFileError
from totfjs.weights import Dense, entries, read_manifest, write_shards

RANDOM = np.random.default_rng(0)
WEIGHTS = {
    "float": RANDOM.normal(size=(7, 5)).astype(np.float32),
    "int": np.arange(-3, 3, dtype=np.int32),
    "bool": np.array([[True, False, True]]),
    "complex": np.array([1 + 2j, -3j], np.complex64),
    "string": np.array([["é", ""], ["long " * 5, "x"]], object),
    "raw": np.array([b"\xff\0"], object),
    "empty": np.zeros((0, 4), np.float32),
    "no strings": np.zeros((0,), object),
    "scalar": np.float32(1.5),
    "constant": np.full((3,), 0.1, np.float32),
}


def written(directory, size=2**22, quantization=None):
    group = write_shards(
        directory, entries([(name, Dense(values)) for name, values in WEIGHTS.items()], quantization), size
    )
    return json.loads(json.dumps([group.json()], allow_nan=False))


@pytest.mark.parametrize("size", [1, 3, 50, 2**22])
def test_everything_comes_back(tmp_path, size):
    found = read_manifest(written(tmp_path, size), tmp_path)
    assert list(found) == list(WEIGHTS)
    for name, values in WEIGHTS.items():
        back = found[name].values.numpy()
        assert (back.shape, back.dtype) == (np.shape(values), np.asarray(values).dtype)
        assert back.tolist() == np.asarray(values).tolist()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16"])
def test_quantized_weights_come_back_as_the_runtime_sees_them(tmp_path, dtype):
    found = read_manifest(written(tmp_path, 7, dtype), tmp_path)
    assert found["float"].stored.dtype.name == dtype
    assert np.abs(found["float"].values.numpy() - WEIGHTS["float"]).max() < 0.02


@pytest.mark.parametrize("quantization", [None, "uint8", "float16"])
def test_what_was_read_is_written_as_the_same_bytes(tmp_path, quantization):
    (first := tmp_path / "first").mkdir(), (second := tmp_path / "second").mkdir()
    manifest = written(first, 10, quantization)
    again = write_shards(second, list(read_manifest(manifest, first).values()), 10)
    assert again.json() == manifest[0]
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in again.paths)


def test_several_groups_are_read_in_order(tmp_path):
    lines = [{"name": name, "shape": [2], "dtype": "int32"} for name in "ab"]
    (tmp_path / "a.bin").write_bytes(np.int32([1, 2]).tobytes())
    (tmp_path / "b.bin").write_bytes(np.int32([3, 4]).tobytes())
    manifest = [{"paths": [f"{line['name']}.bin"], "weights": [line]} for line in lines]
    found = read_manifest(manifest, tmp_path)
    assert [found[name].values.numpy().tolist() for name in "ab"] == [[1, 2], [3, 4]]


def test_pieces_straddle_files(tmp_path):
    found = read_manifest(written(tmp_path, 3), tmp_path)
    pieces = list(found["float"].stored.chunks(8))
    assert all(piece.nbytes <= 8 for piece in pieces)
    assert np.array_equal(np.concatenate(pieces).reshape(7, 5), WEIGHTS["float"])


def test_a_missing_shard_is_named(tmp_path):
    manifest = written(tmp_path, 50)
    (tmp_path / manifest[0]["paths"][1]).unlink()
    with pytest.raises(WeightFileError, match=r"group1-shard2of\d+.bin cannot be read"):
        read_manifest(manifest, tmp_path)
