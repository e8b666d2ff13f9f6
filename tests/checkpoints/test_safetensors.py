import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.weights import FileSlice

DTYPES = ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def test_what_its_own_library_writes_is_read(tmp_path):
    arrays = {dtype: np.arange(6).reshape(2, 3).astype(dtype) for dtype in DTYPES}
    arrays["bfloat16"] = np.arange(3).astype(ml_dtypes.bfloat16)
    arrays |= {"scalar": np.array(2, np.float32), "empty": np.zeros((0, 3), np.float32)}
    save_file(arrays, tmp_path / "m.safetensors", metadata={"format": "np"})
    checkpoint = read_checkpoint(tmp_path / "m.safetensors")
    assert (checkpoint.format, dict(checkpoint.metadata)) == ("safetensors", {"format": "np"})
    assert set(checkpoint.tree) == set(arrays)
    for (name,), array in leaves(checkpoint.tree):
        assert isinstance(array, FileSlice)
        assert (array.dtype, array.shape) == (arrays[name].dtype, arrays[name].shape)
        assert array.numpy().tolist() == arrays[name].tolist()


@pytest.mark.parametrize("separator", [".", "/"])
def test_names_become_a_tree(tmp_path, separator):
    save_file({separator.join(("params", "Dense_0", "kernel")): np.zeros(2)}, tmp_path / "m.safetensors")
    assert [path for path, _ in leaves(read_checkpoint(tmp_path / "m.safetensors").tree)] == [
        ("params", "Dense_0", "kernel")
    ]
