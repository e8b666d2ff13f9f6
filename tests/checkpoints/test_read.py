import pickle
import zipfile

import numpy as np
import pytest

from totfjs.checkpoints import read_checkpoint, read_named, read_parameters
from totfjs.errors import CheckpointError, UnsafeCheckpointError


def test_variables_come_by_name(tmp_path):
    np.savez(tmp_path / "m.npz", **{"step": 1, "opt_state/0": 2, "params/w": np.ones(2)})
    assert [name for name, _ in read_named(tmp_path / "m.npz")] == ["params/w"]
    assert list(read_parameters(tmp_path / "m.npz")) == ["params"]
    assert [name for name, _ in read_named({"a": [1.0, {"b": np.ones(2)}]})] == ["a/0", "a/1/b"]
    assert [name for name, _ in read_named(np.ones(2))] == ["array"]


def test_the_optimizer_may_be_an_item_of_its_own(tmp_path):
    np.savez(tmp_path / "m.npz", **{"model/w": np.ones(2), "optimizer/opt_state/0": 2, "optimizer/step": 1})
    assert list(read_parameters(tmp_path / "m.npz")) == ["w"]
    np.savez(tmp_path / "n.npz", **{"model/w": np.ones(2), "other/opt_state/0": 2, "other/w": np.ones(1)})
    assert list(read_parameters(tmp_path / "n.npz")) == ["model", "other"]


class Bomb:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_of_more_than_arrays_is_refused_and_not_run(tmp_path, protocol, capsys):
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Bomb(), protocol))
    with pytest.raises(
        UnsafeCheckpointError,
        match=r"is a pickle that holds builtins.print|__builtin__.print: reading it would run code",
    ):
        read_checkpoint(tmp_path / "m.pkl")
    assert capsys.readouterr().out == ""


def test_a_torch_file_is_a_pickle_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.pt", "w") as archive:
        archive.writestr("m/data.pkl", b"\x80\x02.")
    with pytest.raises(UnsafeCheckpointError, match="is a pickle"):
        read_checkpoint(tmp_path / "m.pt")


def test_keras_files_are_sent_where_they_belong(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(504))  # how every HDF5 file starts
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    for name in ("m.h5", "m.keras"):
        with pytest.raises(CheckpointError, match="Convert it as a Keras model"):
            read_checkpoint(tmp_path / name)


def test_a_tensorflow_checkpoint_is_named(tmp_path):
    (tmp_path / "ckpt-1.index").touch()
    with pytest.raises(CheckpointError, match="is a TensorFlow checkpoint"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00"])
def test_an_unknown_file_is_refused_with_what_is_known(tmp_path, content):
    (tmp_path / "m.bin").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is not a checkpoint that totfjs knows.\n  fix: Give an Orbax"):
        read_checkpoint(tmp_path / "m.bin")


def test_an_empty_directory_and_a_missing_path_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        read_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="cannot be read: No such file"):
        read_checkpoint(tmp_path / "none")


def test_a_step_of_a_file_is_refused(tmp_path):
    np.savez(tmp_path / "m.npz", w=1)
    with pytest.raises(CheckpointError, match="has no steps"):
        read_checkpoint(tmp_path / "m.npz", step=1)
