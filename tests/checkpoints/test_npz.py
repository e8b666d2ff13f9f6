import numpy as np
import pytest

from totfjs.checkpoints import leaves, read_checkpoint

ARRAYS = {
    "params/Dense_0/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "params/Dense_0/order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big": np.arange(4, dtype=">i2"),
    "scalar": np.int64(3),
    "empty": np.zeros((0, 2)),
    "text": np.array(["a", "ß"]),
    "flag": np.array([True, False]),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(tmp_path, save):
    save(tmp_path / "m.npz", **ARRAYS)
    checkpoint = read_checkpoint(tmp_path / "m.npz")
    assert checkpoint.format == "npz"
    found = {"/".join(path): array for path, array in leaves(checkpoint.tree)}
    assert set(found) == set(ARRAYS)
    for name, array in found.items():
        assert array.shape == ARRAYS[name].shape
        assert array.numpy().tolist() == ARRAYS[name].tolist()


def test_compressed_members_come_piece_by_piece(tmp_path):
    np.savez_compressed(tmp_path / "m.npz", w=np.arange(1000.0))
    pieces = list(read_checkpoint(tmp_path / "m.npz").tree["w"].chunks(64))
    assert all(piece.nbytes <= 64 for piece in pieces)
    assert np.concatenate(pieces).tolist() == list(range(1000))
