"""TensorFlow's checkpoints, as TensorFlow wrote them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.tensor_bundle import unpack
from totfjs.checkpoints.tensor_bundle import is_tensor_bundle, read_tensor_bundle
from totfjs.errors import CheckpointError


def values(prefix):
    with np.load(prefix.with_name(f"{prefix.name}.npz")) as arrays:
        return dict(arrays)


def as_written(array, expected):
    """A tensor as the kind of array in which its values were kept for the test."""
    found = array.numpy()
    if found.dtype == object:
        return np.array([text.decode() for text in found.ravel()]).reshape(found.shape)
    return found.astype(expected.dtype)


@pytest.mark.parametrize("name", ["dtypes", "slices", "shards"])
def test_every_value(tmp_path, name):
    prefix = unpack(name, tmp_path)
    bundle, expected = read_tensor_bundle(prefix), values(prefix)
    assert set(expected) == set(bundle) - {"variant"}
    for key, value in expected.items():
        np.testing.assert_array_equal(as_written(bundle[key], value), value, err_msg=key)
        assert bundle[key].shape == value.shape


def test_dtypes_stay_what_they_are(tmp_path):
    bundle = read_tensor_bundle(unpack("dtypes", tmp_path))
    for name in ("float16", "int8", "uint64", "bool", "complex128", "bfloat16", "float8_e4m3fn"):
        assert bundle[name].dtype.name == bundle[name].numpy().dtype.name == name


def test_an_index_of_several_blocks_and_a_tensor_of_several_pieces(tmp_path):
    bundle = read_tensor_bundle(unpack("many", tmp_path))
    assert len(bundle) == 6001
    scalars = [key for key in bundle if key.startswith("layer_")]
    for number in (0, 1, 2999, 5999):
        assert bundle[scalars[number]].numpy() == number
    pieces = list(bundle["large"].chunks(1 << 20))
    assert len(pieces) == 5
    np.testing.assert_array_equal(np.concatenate(pieces), (np.arange(1_200_000) % 251).astype(np.float32))


def test_equal_keys_mean_the_same_tensor(tmp_path):
    bundle = read_tensor_bundle(unpack("slices", tmp_path))
    assert bundle["rows"].key == bundle["rows"].key != bundle["columns"].key
    assert bundle["columns"].key == bundle["columns"].key
    texts = read_tensor_bundle(unpack("dtypes", tmp_path))
    assert texts["texts"].key == texts["texts"].key != texts["text"].key


def test_a_dtype_that_is_no_array_is_refused_when_asked_for(tmp_path):
    bundle = read_tensor_bundle(unpack("dtypes", tmp_path))
    with pytest.raises(CheckpointError, match="'variant' in TensorFlow's dtype number 21"):
        bundle["variant"]


def test_a_key_that_is_not_there(tmp_path):
    bundle = read_tensor_bundle(unpack("shards", tmp_path))
    assert "three" not in bundle
    with pytest.raises(KeyError):
        bundle["three"]
    assert repr(bundle).endswith("shards', 2 tensors)")


def test_a_missing_shard_is_told(tmp_path):
    prefix = unpack("shards", tmp_path)
    (tmp_path / "shards.data-00001-of-00002").unlink()
    bundle = read_tensor_bundle(prefix)
    assert bundle["one"].numpy().shape == (2, 3)
    with pytest.raises(Exception, match="data-00001-of-00002 cannot be read") as raised:
        bundle["two"]
    assert raised.value.code == "WEIGHT_FILE"


def test_what_is_a_checkpoint(tmp_path):
    assert is_tensor_bundle(unpack("shards", tmp_path))
    assert not is_tensor_bundle(tmp_path / "other")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_tensor_bundle(tmp_path / "other")
