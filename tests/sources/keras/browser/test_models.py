"""Models of several layers: nested, shared, of many inputs and outputs, with names of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tests.sources.keras.browser.loaded import fed, layers_of, session
from tests.sources.keras.row import compare, floats, integers, outputs, randomised
from totfjs.errors import UnsupportedError
from totfjs.sources.keras import opened
from totfjs.sources.keras.browser import obstacles
from totfjs.sources.keras.live import saved_of


def shared() -> Any:
    left, right = keras.Input((4,)), keras.Input((4,))
    dense = layers.Dense(3, activation="relu")
    return keras.Model([left, right], layers.Concatenate()([dense(left), dense(right)]))


def chained() -> Any:
    """A layer that is called on what it gave."""
    given, dense = keras.Input((4,)), layers.Dense(4, activation="tanh")
    return keras.Model(given, dense(dense(dense(given))))


def nested() -> Any:
    def inner(name: str) -> Any:
        return keras.Sequential(
            [keras.Input((4,)), layers.Dense(5, name="dense"), layers.Dense(3, name="last")], name=name
        )

    given = keras.Input((4,))
    return keras.Model(given, layers.Add()([inner("one")(given), inner("two")(given)]))


def nested_twice() -> Any:
    """A model in a model, called twice."""
    start = keras.Input((4,))
    core = keras.Model(start, layers.Dense(4)(layers.LayerNormalization()(start)), name="core")
    given = keras.Input((4,))
    return keras.Model(given, core(core(given)))


def nested_deep() -> Any:
    first = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    second = keras.Sequential([keras.Input((4,)), first, layers.Dense(2)])
    return keras.Sequential([keras.Input((4,)), second, layers.Dense(5)])


def nested_several() -> Any:
    """A model of two inputs and two outputs in a model."""
    a, b = keras.Input((4,)), keras.Input((3,))
    core = keras.Model([a, b], [layers.Dense(2)(a), layers.Concatenate()([a, b])])
    x, y = keras.Input((4,)), keras.Input((3,))
    first, second = core([x, y])
    return keras.Model([x, y], [second, layers.Dense(3)(first)])


def many() -> Any:
    image, number = keras.Input((6, 5, 2), name="image"), keras.Input((3,), name="number")
    seen = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, padding="same", activation="relu")(image))
    both = layers.Concatenate()([seen, layers.Dense(4)(number)])
    return keras.Model([number, image], {"b": layers.Dense(2)(both), "a": layers.Dense(3)(both)})


def residual() -> Any:
    given = x = keras.Input((8, 8, 3))
    for filters in (4, 4):
        x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)))
        x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(x)])
    return keras.Model(given, layers.Dense(3, activation="softmax")(layers.Flatten()(layers.MaxPooling2D(2)(x))))


def translated() -> Any:
    """An encoder whose states a decoder begins with."""
    source, target = keras.Input((5, 3)), keras.Input((None, 4))
    _, h, c = layers.LSTM(6, return_state=True)(source)
    return keras.Model(
        [source, target], layers.Dense(2)(layers.LSTM(6, return_sequences=True)(target, initial_state=[h, c]))
    )


def masked() -> Any:
    words = keras.Input((6,), dtype="int32")
    x = layers.Dropout(0.5)(layers.Embedding(7, 4, mask_zero=True)(words))
    return keras.Model(
        words, layers.Dense(2)(layers.Bidirectional(layers.LSTM(3))(layers.LSTM(5, return_sequences=True)(x)))
    )


def named() -> Any:
    """Names that JavaScript, or TensorFlow.js, has something against."""
    given = keras.Input((4,), name="my_input_1")
    x = given
    for name in (
        "snake_case_2",
        "_first",
        "with space",
        "ünïcode",
        "constructor",
        "toString",
        "7",
        "a.b-c",
        "Dense_1x",
    ):
        x = layers.Dense(4, activation="tanh", name=name)(x)
    return keras.Model(given, x)


def passed() -> Any:
    """An input that is an output too."""
    given = keras.Input((4,))
    return keras.Model(given, [given, layers.Dense(2)(given)])


MODELS: dict[str, tuple[Callable[[], Any], tuple[np.ndarray, ...]]] = {
    "shared": (shared, (floats(3, 4), floats(3, 4, seed=1))),
    "chained": (chained, (floats(3, 4),)),
    "nested, with names that are alike": (nested, (floats(3, 4),)),
    "nested, called twice": (nested_twice, (floats(3, 4),)),
    "nested deeper": (nested_deep, (floats(3, 4),)),
    "nested, of several inputs and outputs": (nested_several, (floats(3, 4), floats(3, 3))),
    "many inputs and outputs": (many, (floats(3, 3), floats(3, 6, 5, 2))),
    "residual": (residual, (floats(2, 8, 8, 3),)),
    "states handed on": (translated, (floats(3, 5, 3), floats(3, 7, 4))),
    "masked": (masked, (integers(0, 7, 5, 6),)),
    "names": (named, (floats(3, 4),)),
    "an input is an output": (passed, (floats(3, 4),)),
    "more than a batch of predict": (shared, (floats(70, 4), floats(70, 4, seed=1))),
}


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize("name", list(MODELS))
def test_a_model_predicts_what_keras_does(engine: Any, tmp_path: Path, name: str, backend: str) -> None:
    make, inputs = MODELS[name]
    model = randomised(make())
    with session(engine, layers_of(model), tmp_path / "web", backend) as loaded:
        found = loaded.execute(fed(loaded, inputs))
    compare(found, dict(zip(found, outputs(model, inputs), strict=True)), 1e-5)


def test_weights_are_split_by_layer(engine: Any, tmp_path: Path) -> None:
    model = randomised(nested())
    made = layers_of(model, split=True)
    assert len(made.groups) == 4
    with session(engine, made, tmp_path / "web") as loaded:
        found = loaded.execute(fed(loaded, (floats(3, 4),)))
    compare(found, dict(zip(found, outputs(model, (floats(3, 4),)), strict=True)), 1e-5)
    assert {path.name for path in tmp_path.glob("web/*.bin")} == {f"group{i}-shard1of1.bin" for i in range(1, 5)}


def test_a_last_group_that_is_larger_is_written_first(engine: Any, tmp_path: Path) -> None:
    """TensorFlow.js misreads a last shard that is larger than equal ones before it."""
    model = randomised(keras.Sequential([keras.Input((2,)), layers.Dense(2), layers.Dense(9)]))
    with session(engine, layers_of(model, split=True), tmp_path / "web") as loaded:
        found = loaded.execute(fed(loaded, (floats(3, 2),)))
    compare(found, dict(zip(found, outputs(model, (floats(3, 2),)), strict=True)), 1e-5)


def test_names_that_had_to_change_are_told() -> None:
    notes = layers_of(named()).notes
    assert "with space is named with_space in TensorFlow.js." in notes
    assert "_first is named layer_first in TensorFlow.js." in notes
    assert not any(note.startswith(("snake_case_2", "7 ", "a.b-c")) for note in notes)


def test_a_sequential_model_stays_one_where_each_layer_is_one() -> None:
    one = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.LeakyReLU()])
    assert layers_of(one).topology["class_name"] == "Sequential"
    branched = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="hard_silu")])
    assert layers_of(branched).topology["class_name"] == "Model"


def test_every_layer_that_stands_in_the_way_is_named_with_its_reason() -> None:
    given = keras.Input((8, 4))
    x = layers.GRU(3, return_sequences=True, name="gru")(given)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    x = layers.Conv1D(4, 2, groups=1, activation="exponential", name="conv")(x)
    live = keras.Model(given, layers.GRU(2, name="late")(x), name="model")
    model = opened(saved_of(live)).model
    assert obstacles(model) == (
        "gru (GRU): tfjs-layers lacks reset_after",
        "attention (MultiHeadAttention): tfjs-layers has no such layer",
        "conv (Conv1D): tfjs-layers lacks the activation exponential",
        "late (GRU): tfjs-layers lacks reset_after",
    )
    with pytest.raises(UnsupportedError, match=r"(?s)cannot take model as Keras means it:.*gru.*attention.*--to graph"):
        layers_of(live)


@pytest.mark.parametrize(("make", "reason"), [
    (lambda x: layers.Dense(2, dtype="mixed_float16")(x), "it computes in mixed_float16"),
    (lambda x: layers.Dropout(0.5)(x, training=True), "it is called with training"),
    (lambda x: layers.Dense(2, activation="exponential")(x), "lacks the activation exponential"),
    (lambda x: x[:, 0], "has no such layer"),
])  # fmt: skip
def test_what_tfjs_layers_cannot_take_has_a_reason(make: Callable[[Any], Any], reason: str) -> None:
    given = keras.Input((4, 3))
    found = obstacles(opened(saved_of(keras.Model(given, make(given)))).model)
    assert len(found) == 1
    assert reason in found[0]
