"""A compiled model is trained on in TensorFlow.js as Keras trains it on: the same losses on the same data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, losses, optimizers

from tests.sources.keras.browser.loaded import fed, layers_in, layers_of, session
from totfjs.sources.keras.browser import LayersModel

X = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
Y = (X @ np.random.default_rng(1).normal(size=(6, 3))).astype(np.float32)
LABELS = Y.argmax(1).astype(np.float32)
CLASSES = np.eye(3, dtype=np.float32)[Y.argmax(1)]


def wide(activation: str = "linear") -> Any:
    """Two branches, a normalisation and a regulariser."""
    given = keras.Input((6,))
    left = layers.BatchNormalization()(layers.Dense(8, activation="relu", kernel_regularizer="l2")(given))
    right = layers.Dense(8, activation="tanh")(given)
    return keras.Model(given, layers.Dense(3, activation=activation)(layers.Concatenate()([left, right])))


def chain(activation: str = "linear") -> Any:
    return keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="gelu"), layers.Dense(3, activation)])


CASES: dict[str, tuple[Callable[[], Any], Callable[[], Any], Any, np.ndarray]] = {
    "SGD": (wide, lambda: optimizers.SGD(0.05), "mse", Y),
    "SGD, momentum": (chain, lambda: optimizers.SGD(0.02, momentum=0.9), "mse", Y),
    "SGD, nesterov": (chain, lambda: optimizers.SGD(0.02, momentum=0.9, nesterov=True), losses.LogCosh(), Y),
    "Adam": (lambda: wide("softmax"), lambda: optimizers.Adam(0.01), "categorical_crossentropy", CLASSES),
    "RMSprop": (lambda: chain("softmax"), lambda: optimizers.RMSprop(0.005, momentum=0.5),
                losses.SparseCategoricalCrossentropy(), LABELS),
    "RMSprop, no momentum": (chain, lambda: optimizers.RMSprop(0.005), "mae", Y),
    "Adagrad": (chain, lambda: optimizers.Adagrad(0.05), "mae", Y),
    "Adamax": (lambda: chain("sigmoid"), lambda: optimizers.Adamax(0.01), "binary_crossentropy", CLASSES),
}  # fmt: skip


def trained(case: str, epochs: int) -> Any:
    make, optimizer, loss, target = CASES[case]
    keras.utils.set_random_seed(1)
    model = make()
    model.compile(optimizer=optimizer(), loss=loss, metrics=["accuracy"])
    if epochs:
        model.fit(X, target, epochs=epochs, batch_size=10, shuffle=False, verbose=0)
    return model


# TensorFlow.js takes no variables of Adamax: a model that has been trained would start anew.
@pytest.mark.parametrize(
    ("case", "before"), [(case, before) for case in CASES for before in (0, 2) if case != "Adamax" or not before]
)
def test_twenty_steps_in_tensorflow_js_lower_the_loss_as_keras_does(
    engine: Any, tmp_path: Path, case: str, before: int
) -> None:
    model, target = trained(case, before), CASES[case][3]
    model.save(tmp_path / "model.keras")
    with session(engine, layers_in(tmp_path / "model.keras"), tmp_path / "web") as loaded:
        found = loaded.fit(fed(loaded, (X,)), [target], epochs=5, batch_size=10)
    kept = model.fit(X, target, epochs=5, batch_size=10, shuffle=False, verbose=0).history
    assert kept["loss"][-1] < kept["loss"][0]
    np.testing.assert_allclose(found["loss"], kept["loss"], atol=1e-4)
    accuracy = found["categoricalAccuracy" if case == "Adamax" else "acc"]
    np.testing.assert_allclose(accuracy, kept["accuracy"], atol=1e-6)


def test_loss_and_metrics_are_evaluated_as_keras_does(engine: Any, tmp_path: Path) -> None:
    model = chain("softmax")
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy", "mae", "mse"])
    with session(engine, layers_of(model), tmp_path / "web") as loaded:
        found = loaded.evaluate(fed(loaded, (X,)), [CLASSES])
    np.testing.assert_allclose(found, model.evaluate(X, CLASSES, verbose=0), atol=1e-5)


def test_several_outputs_are_trained_together(engine: Any, tmp_path: Path) -> None:
    given = keras.Input((6,))
    model = keras.Model(
        given, [layers.Dense(3, name="a")(given), layers.Dense(3, activation="softmax", name="b")(given)]
    )
    model.compile("sgd", loss=["mse", "categorical_crossentropy"], metrics=[["mae"], ["accuracy"]])
    made = layers_of(model)
    assert made.training is not None
    assert made.training["metrics"] == {"a": "mae", "b": "accuracy"}
    with session(engine, made, tmp_path / "web") as loaded:
        found = loaded.fit(fed(loaded, (X,)), [Y, CLASSES], epochs=3, batch_size=10)
    kept = model.fit(X, [Y, CLASSES], epochs=3, batch_size=10, shuffle=False, verbose=0).history
    np.testing.assert_allclose(found["loss"], kept["loss"], atol=1e-4)


def compiled(model: Any, **changes: Any) -> LayersModel:
    model.compile(**({"optimizer": "sgd", "loss": "mse"} | changes))
    return layers_of(model)


def regularised() -> Any:
    return keras.Sequential([keras.Input((6,)), layers.Dense(3, activity_regularizer="l2")])


def constrained() -> Any:
    return keras.Sequential([keras.Input((6,)), layers.Dense(3, kernel_constraint="non_neg")])


def masked() -> Any:
    given = keras.Input((4,), dtype="int32")
    return keras.Model(given, layers.Dense(2)(layers.Embedding(5, 3, mask_zero=True)(given)))


def recurrent() -> Any:
    return keras.Sequential([keras.Input((4, 6)), layers.LSTM(3, recurrent_regularizer="l1")])


def twice() -> Any:
    given, shared = keras.Input((6,)), layers.Dense(6, kernel_regularizer="l2")
    return keras.Model(given, shared(shared(given)))


def frozen() -> Any:
    return keras.Sequential([keras.Input((6,)), layers.BatchNormalization(trainable=False), layers.Dense(3)])


@pytest.mark.parametrize(("make", "changes", "reason"), [
    (chain, {"loss": losses.CategoricalCrossentropy(from_logits=True)}, "from_logits True"),
    (chain, {"loss": losses.CategoricalCrossentropy(label_smoothing=0.1)}, "label_smoothing 0.1"),
    (chain, {"loss": "hinge"}, "labels of 0"),
    (chain, {"loss": losses.Huber()}, "lacks the loss huber"),
    (chain, {"loss_weights": [2.0]}, "weights of losses"),
    (chain, {"optimizer": optimizers.Nadam()}, "lacks the optimizer Nadam"),
    (chain, {"optimizer": optimizers.Adadelta()}, "lacks the optimizer Adadelta"),
    (chain, {"optimizer": optimizers.Adam(amsgrad=True)}, "amsgrad True"),
    (chain, {"optimizer": optimizers.RMSprop(centered=True)}, "centered True"),
    (chain, {"optimizer": optimizers.SGD(clipnorm=1.0)}, "clipnorm 1.0"),
    (chain, {"optimizer": optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))}, "schedules"),
    (regularised, {}, "activity regularisers"),
    (constrained, {}, "does not hold its kernel to the constraint"),
    (masked, {}, "leaves out of the loss"),
    (recurrent, {}, "regularisers of recurrent layers"),
    (twice, {}, "called 2 times"),
    (frozen, {}, "it is frozen"),
])  # fmt: skip
def test_a_compile_state_that_would_train_otherwise_is_left_out_and_said(
    make: Callable[[], Any], changes: dict[str, Any], reason: str
) -> None:
    made = compiled(make(), **changes)
    assert made.training is None
    assert reason in " ".join(made.notes)


def test_metrics_that_tensorflow_js_lacks_are_left_out_and_said() -> None:
    made = compiled(
        chain("softmax"), loss="categorical_crossentropy", metrics=["accuracy", "auc", keras.metrics.Precision()]
    )
    assert made.training is not None
    assert made.training["metrics"] == ["accuracy"]
    assert "The metric auc is left out: TensorFlow.js lacks it." in made.notes
    assert "The metric precision is left out: TensorFlow.js lacks it." in made.notes


def test_a_model_that_is_not_compiled_has_no_compile_state() -> None:
    made = layers_of(chain())
    assert (made.training, made.optimizer, made.notes) == (None, (), ())
