"""Which files are taken for those of Keras, and that reading them imports no framework."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from totfjs.errors import SourceError
from totfjs.sources.keras.reading import is_keras_file, read_saved


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5", "m.keras", "M.H5", "m.weights.h5", "m.weights.json"])
def test_files_are_known_by_their_suffix(name: str) -> None:
    assert is_keras_file(name)
    assert is_keras_file(Path("somewhere") / name)


@pytest.mark.parametrize("name", ["m.json", "m.pb", "h5", "models.py:model", "m.keras.txt", ""])
def test_other_files_are_not(name: str) -> None:
    assert not is_keras_file(name)


def test_directories_are_known_by_what_is_in_them(tmp_path: Path) -> None:
    assert not is_keras_file(tmp_path)
    (tmp_path / "config.json").touch()
    assert not is_keras_file(tmp_path)
    (tmp_path / "model.weights.h5").touch()
    assert is_keras_file(tmp_path)
    (tmp_path / "other.keras").mkdir()
    assert not is_keras_file(tmp_path / "other.keras")
    (tmp_path / "other.keras" / "keras_metadata.pb").touch()
    assert is_keras_file(tmp_path / "other.keras")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.h5 cannot be read: No such file"):
        read_saved(tmp_path / "none.h5")


def test_a_directory_of_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a file that Keras wrote"):
        read_saved(tmp_path)


def test_only_h5py_is_imported_and_not_before_it_is_needed(tmp_path: Path) -> None:
    code = (
        "import sys; import totfjs; from totfjs.sources.keras.reading import read_saved\n"
        "assert 'h5py' not in sys.modules\n"
        "import h5py; h5py.File(sys.argv[1], 'w').create_group('vars')\n"
        "read_saved(sys.argv[1])\n"
        "assert not {'keras', 'jax', 'tensorflow', 'tf_keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "m.weights.h5"], check=True)
