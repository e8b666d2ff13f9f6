"""`.keras` files and directories: what is in them is what was saved."""

from __future__ import annotations

import gc
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures import tf_keras
from totfjs.sources.keras.reading import Nested, Saved, read_saved

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


@pytest.fixture(scope="module")
def archive(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "model.keras"
    trained.save(path)
    return path


def again(archive: Path, into: Path, compression: int) -> Path:
    """The same archive, written by another program."""
    path = into / "again.keras"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return path


def is_the_model(saved: Saved, trained: Any) -> None:
    assert isinstance(saved.weights, Nested)
    names = {"conv": "conv2d", "norm": "batch_normalization", "wide": "dense", "scores": "dense_1"}
    for layer, name in names.items():
        for index, variable in enumerate(trained.get_layer(layer).weights):
            found = saved.weights.paths[f"layers/{name}/vars/{index}"].numpy()
            np.testing.assert_array_equal(found, np.asarray(variable))
    assert len(saved.optimizer) == len(trained.optimizer.variables)
    assert saved.config is not None and saved.config["class_name"] == "Functional"
    assert saved.training is not None and saved.training["optimizer"]["class_name"] == "Adam"
    assert saved.version.startswith("3.")


def test_an_archive_has_all_that_was_saved(trained: Any, archive: Path) -> None:
    is_the_model(read_saved(archive), trained)


def test_weights_are_read_where_they_lie_in_the_archive(archive: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    saved = read_saved(archive)
    assert isinstance(saved.weights, Nested)
    assert all(getattr(array, "path", None) == archive for array in saved.weights.paths.values())
    assert not list(tmp_path.iterdir())


def test_compressed_weights_are_unpacked_while_they_are_needed(
    trained: Any, archive: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    packed = again(archive, tmp_path, zipfile.ZIP_DEFLATED)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    saved = read_saved(packed)
    is_the_model(saved, trained)
    assert isinstance(saved.weights, Nested)
    last = saved.weights.paths["layers/dense_1/vars/0"]
    del saved
    gc.collect()
    np.testing.assert_array_equal(last.numpy(), np.asarray(trained.get_layer("scores").kernel))
    del last
    gc.collect()
    assert not list((tmp_path / "temporary").iterdir())


def test_the_name_of_a_file_does_not_matter(trained: Any, archive: Path, tmp_path: Path) -> None:
    again(archive, tmp_path, zipfile.ZIP_STORED).rename(tmp_path / "model.h5")
    is_the_model(read_saved(tmp_path / "model.h5"), trained)


def test_an_unpacked_archive_is_read_as_well(trained: Any, archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "model")
    is_the_model(read_saved(tmp_path / "model"), trained)


def test_vocabularies_are_assets(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as file:
        from tests.attacks.keras_archives import archive

        (tmp_path / "sound.keras").write_bytes(archive())
        with zipfile.ZipFile(tmp_path / "sound.keras") as sound:
            for name in sound.namelist():
                file.writestr(name, sound.read(name))
        file.writestr("assets/", "")
        file.writestr("assets/layers/string_lookup/vocabulary.txt", "eins\nzwei\n")
    assets = {"layers/string_lookup/vocabulary.txt": b"eins\nzwei\n"}
    assert read_saved(tmp_path / "m.keras").assets == assets
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        file.extractall(tmp_path / "m")
    assert read_saved(tmp_path / "m").assets == assets


def test_bfloat16_is_what_keras_marks_as_such(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")])
    model.save(tmp_path / "m.keras")
    weights = read_saved(tmp_path / "m.keras").weights
    assert isinstance(weights, Nested)
    kernel = weights.paths["layers/dense/vars/0"]
    assert kernel.dtype.name == "bfloat16"
    np.testing.assert_array_equal(kernel.numpy(), np.asarray(model.layers[0].kernel))


def test_all_archives_of_tf_keras_are_read(tmp_path: Path) -> None:
    for name in tf_keras.having("model.keras"):
        saved = read_saved(tf_keras.unpack(name, "model.keras", tmp_path))
        assert saved.format == "Keras archive"
        assert saved.version.startswith("2.")
        assert isinstance(saved.weights, Nested)
        for array in saved.weights.paths.values():
            assert np.isfinite(array.numpy()).all()
