"""What is written opens in Keras, with the same weights and the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tests.sources.keras.row import floats, integers, randomised
from totfjs.errors import OutputExistsError, UsageError
from totfjs.sources.keras import load
from totfjs.sources.keras.writing import write_keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


def shared_and_nested() -> tuple[Any, list[np.ndarray]]:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="tanh"), layers.Dense(4)], name="inner")
    shared = layers.Dense(4, kernel_regularizer="l2", name="shared")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    x = layers.Add()([inner(shared(a)), inner(shared(b))])
    model = keras.Model([a, b], [inner(x), layers.Subtract(name="difference")([x, a])])
    return model, [floats(3, 4), floats(3, 4, seed=1)]


def image() -> tuple[Any, list[np.ndarray]]:
    return keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(),
        layers.Activation("relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2, activation="softmax"),
    ]), [floats(2, 8, 8, 3)]  # fmt: skip


def frozen_inside() -> tuple[Any, list[np.ndarray]]:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(3)])
    inner.layers[0].trainable = False
    inner.layers[1].trainable = False
    outer = keras.Input((4,))
    return keras.Model(outer, layers.Dense(2)(inner(outer))), [floats(2, 4)]


def words() -> tuple[Any, list[np.ndarray]]:
    ids = keras.Input((5,), dtype="int32")
    return keras.Model(ids, layers.Embedding(7, 3)(ids)), [integers(0, 7, 2, 5)]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [shared_and_nested, image, frozen_inside, words])
def test_keras_opens_what_is_written(make: Any, suffix: str, tmp_path: Path) -> None:
    model, inputs = make()
    randomised(model).save(tmp_path / f"source{suffix}")
    source = load(tmp_path / f"source{suffix}")
    write_keras(tmp_path / f"written{suffix}", source.model, training=None)
    again = keras.saving.load_model(tmp_path / f"written{suffix}")
    for one, other in zip(model.weights, again.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())
    given = inputs if len(inputs) > 1 else inputs[0]
    expected, actual = (each.predict(given, verbose=0) for each in (model, again))
    np.testing.assert_equal(actual, expected)
    assert [path.name for path in sorted(tmp_path.iterdir())] == sorted([f"source{suffix}", f"written{suffix}"])


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    model, _ = words()
    model.save(tmp_path / "model.keras")
    source = load(tmp_path / "model.keras")
    (tmp_path / "other.keras").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="exists already"):
        write_keras(tmp_path / "other.keras", source.model, training=None)
    assert (tmp_path / "other.keras").read_bytes() == b"mine"
    write_keras(tmp_path / "other.keras", source.model, training=None, force=True)
    assert keras.saving.load_model(tmp_path / "other.keras").count_params() == 21


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    model, _ = words()
    model.save(tmp_path / "model.keras")
    for name in ("one.keras", "two.keras"):
        write_keras(tmp_path / name, load(tmp_path / "model.keras").model, training=None)
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()


def test_a_name_that_is_no_keras_file_is_refused(tmp_path: Path) -> None:
    model, _ = words()
    model.save(tmp_path / "model.keras")
    with pytest.raises(UsageError, match="no name of a Keras file"):
        write_keras(tmp_path / "model.onnx", load(tmp_path / "model.keras").model, training=None)
