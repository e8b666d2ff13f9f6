"""HDF5 files of every Keras: what is in them is what was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.fixtures import tf_keras
from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading import Listed, Nested, read_saved

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


def listed(path: Path) -> dict[str, dict[str, np.ndarray]]:
    weights = read_saved(path).weights
    assert isinstance(weights, Listed)
    return {layer: {name: array.numpy() for name, array in pairs} for layer, pairs in weights.layers.items()}


@pytest.fixture(scope="module")
def whole(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "model.h5"
    trained.save(path)
    return path


def test_a_model_of_keras_3_has_config_training_and_weights(trained: Any, whole: Path) -> None:
    saved = read_saved(whole)
    assert (saved.format, saved.version[:2], saved.path) == ("Keras HDF5", "3.", whole)
    assert saved.config is not None and saved.config["class_name"] == "Functional"
    assert saved.training is not None and saved.training["loss"] == "mse"
    layers = listed(whole)
    assert list(layers) == [layer.name for layer in trained.layers]
    for layer in trained.layers:
        for variable, array in zip(layer.weights, layers[layer.name].values(), strict=True):
            np.testing.assert_array_equal(array, np.asarray(variable))


def test_weights_have_the_names_and_the_order_of_the_file(whole: Path) -> None:
    assert list(listed(whole)["norm"]) == ["norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"]


def test_the_optimizer_has_its_variables_in_order(trained: Any, whole: Path) -> None:
    saved = read_saved(whole)
    assert [name for name, _ in saved.optimizer] == [variable.path for variable in trained.optimizer.variables]
    for (_, array), variable in zip(saved.optimizer, trained.optimizer.variables, strict=True):
        np.testing.assert_array_equal(array.numpy(), np.asarray(variable))


def test_weights_of_keras_3_are_nested_by_attributes(trained: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    trained.save_weights(path)
    saved = read_saved(path)
    assert (saved.format, saved.config, saved.training) == ("Keras weights (HDF5)", None, None)
    assert isinstance(saved.weights, Nested)
    kernel = trained.get_layer("scores").kernel
    np.testing.assert_array_equal(saved.weights.paths["layers/dense_1/vars/0"].numpy(), np.asarray(kernel))
    assert not any(name.startswith("optimizer") for name in saved.weights.paths)


def test_nested_variables_are_sorted_as_numbers(trained: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    trained.save_weights(path)
    saved = read_saved(path)
    assert [name for name, _ in saved.optimizer] == [f"optimizer/vars/{n}" for n in range(len(saved.optimizer))]
    assert len(saved.optimizer) > 10
    for (_, array), variable in zip(saved.optimizer, trained.optimizer.variables, strict=True):
        np.testing.assert_array_equal(array.numpy(), np.asarray(variable))


def test_paths_written_on_windows_are_those_of_other_systems(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["_layer_checkpoint_dependencies\\dense/vars/0"] = np.ones(2, np.float32)
    weights = read_saved(tmp_path / "w.weights.h5").weights
    assert isinstance(weights, Nested)
    assert list(weights.paths) == ["_layer_checkpoint_dependencies/dense/vars/0"]


def test_names_that_two_systems_wrote_differently_do_not_hide_each_other(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["layers\\dense/vars/0"] = file["layers/dense/vars/0"] = np.ones(2, np.float32)
    with pytest.raises(KerasFileError, match="'layers/dense/vars/0' is there twice"):
        read_saved(tmp_path / "w.weights.h5")


def test_long_lists_of_names_are_put_together(tmp_path: Path) -> None:
    """Keras cuts a list that takes more than 64 KB into several attributes."""
    names = [f"layer_{n:04}_{'x' * 60}" for n in range(2000)]
    with h5py.File(tmp_path / "m.h5", "w") as file:
        for part in range(3):
            file.attrs[f"layer_names{part}"] = [name.encode() for name in names[part * 700 : part * 700 + 700]]
        for name in names:
            file.create_group(name).attrs["weight_names"] = np.array([], "S1")
    assert list(listed(tmp_path / "m.h5")) == names


def test_weights_of_the_model_itself_are_listed_last(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["layer_names"] = [b"a/b"]
        for name in ("a/b", "top_level_model_weights"):
            file.create_group(name).attrs["weight_names"] = [b"kernel:0"]
            file[f"{name}/kernel:0"] = np.float32(len(name))
    layers = listed(tmp_path / "m.h5")
    assert {layer: float(weights["kernel:0"]) for layer, weights in layers.items()} == {
        "a/b": 3.0,
        "top_level_model_weights": 23.0,
    }


@pytest.mark.parametrize("user_block", [512, 4096])
def test_a_user_block_is_passed_over(tmp_path: Path, user_block: int) -> None:
    path, values = tmp_path / "m.h5", np.arange(2000, dtype=np.float32)
    with h5py.File(path, "w", userblock_size=user_block) as file:
        file["vars/0"] = values
        file.create_dataset("vars/1", data=values, chunks=(300,), compression="gzip")
    weights = read_saved(path).weights
    assert isinstance(weights, Nested)
    for array in weights.paths.values():
        np.testing.assert_array_equal(array.numpy(), values)


@pytest.mark.parametrize("kind", ["model.h5", "weights.h5"])
def test_all_files_of_older_versions_are_read_to_the_last_array(tmp_path: Path, kind: str) -> None:
    for name in tf_keras.having(kind):
        path = tf_keras.unpack(name, kind, tmp_path)
        saved = read_saved(path)
        assert (saved.config is None) == (kind == "weights.h5")
        stored: list[h5py.Dataset] = []
        weights = listed(path) if isinstance(saved.weights, Listed) else {"": saved.weights.paths}
        with h5py.File(path) as file:
            file.visititems(lambda _, each, into=stored: into.append(each) if isinstance(each, h5py.Dataset) else None)
            assert len(stored) == sum(map(len, weights.values())) + len(saved.optimizer)
