"""Keras 3 models on the JAX backend compute what `model(x, training=False)` does."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from tests.corpus.randomised import keras
from totfjs.errors import InputSpecError, SourceError, WeightsMismatchError
from totfjs.graph.interpret import interpret
from totfjs.sources import jax as source

X = np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)


def _same(loaded: Any, expected: Any, **fed: np.ndarray) -> None:
    for results in (loaded.evaluate(fed), interpret(loaded.graph(), fed)):
        for name, value in expected.items():
            np.testing.assert_allclose(results[name], np.asarray(value), rtol=1e-5, atol=1e-6)
        assert list(results) == list(expected)


def _sequential() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4,), name="x"),
            layers.Dense(3, name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5),
            layers.Dense(2, name="last"),
        ],
        name="small",
    )


def _functional(results: str) -> Any:
    layers = keras.layers
    tokens, x = keras.Input((None,), name="tokens", dtype="int32"), keras.Input((4,), name="x")
    words = layers.Embedding(5, 3, name="words")(tokens)
    both = layers.Dense(2, name="both")(layers.Concatenate()([layers.GlobalMaxPooling1D()(words), x]))
    inputs = {"tokens": tokens, "x": x} if results == "dict" else [x, tokens]
    return keras.Model(inputs, {"logits": both, "words": words} if results == "dict" else [both, words])


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense, self.dropout = keras.layers.Dense(3), keras.layers.Dropout(0.5)

    def call(self, x: Any, training: bool = True) -> Any:
        return self.dropout(self.dense(x), training=training)


def test_a_sequential_model_describes_its_inputs_and_outputs_and_names_its_weights() -> None:
    model = _sequential()
    loaded = source.load(model)
    assert {name: str(loaded.inputs[name].shape) for name in loaded.inputs} == {"x": "(b, 4)"}
    _same(loaded, {"last": model(X, training=False)}, x=X)
    assert {"small/first/kernel", "small/norm/moving_mean"} <= set(loaded.graph().nodes)


@pytest.mark.parametrize("form", ["dict", "list"])
def test_a_functional_model_takes_inputs_by_name(form: str) -> None:
    model = _functional(form)
    tokens = np.array([[1, 2, 3]] * 3, np.int32)
    given = {"tokens": tokens, "x": X} if form == "dict" else [X, tokens]
    expected = model(given, training=False)
    named = expected if form == "dict" else dict(zip(("both", "words"), expected, strict=True))
    loaded = source.load(model)
    assert {str(kind.shape) for kind in loaded.inputs.values()} == {"(b, 4)", "(b, tokens_1)"}
    _same(loaded, {name: named[name] for name in loaded.chosen}, tokens=tokens, x=X)
    other = source.load(model, inputs={"x": ("b", 4), "tokens": "int32[b,t]"})
    _same(other, {name: named[name] for name in other.chosen}, tokens=tokens, x=X)


def test_a_model_of_ones_own_is_told_not_to_train() -> None:
    model = Own()
    expected = model(X, training=False)
    loaded = source.load(model, inputs={"image": ("b", 4)})
    assert loaded.notes == ("training=False was set for inference.",)
    _same(loaded, {"output": expected}, image=X)
    _same(source.load(model), {"output": expected}, input=X)


def test_a_factory_of_a_keras_model_needs_no_inputs() -> None:
    assert list(source.load(_sequential).inputs) == ["x"]


@pytest.mark.parametrize("form", ["state tree", "paths", "nested", "lists", "in order"])
def test_weights_of_a_keras_model_come_in_many_forms(form: str) -> None:
    model, other = _sequential(), _sequential()
    for variable in other.weights:
        if "seed" not in variable.path:
            variable.assign(np.random.default_rng(7).uniform(0.5, 1, variable.shape))
    other.compile("sgd")
    by_path = {variable.path: np.asarray(variable.value) for variable in other.variables}
    groups = [[variable.value for variable in group]
              for group in (other.trainable_variables, other.non_trainable_variables)]  # fmt: skip
    weights = {
        "state tree": lambda: other.get_state_tree(),
        "paths": lambda: by_path,
        "nested": lambda: _nested(by_path),
        "lists": lambda: (*groups, [np.zeros(3)]),
        "in order": lambda: [np.asarray(variable.value) for variable in other.weights],
    }[form]()
    _same(source.load(model, weights=weights), {"last": other(X, training=False)}, x=X)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, leaf in flat.items():
        branch = tree
        *groups, name = path.split("/")
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = leaf
    return tree


def test_what_a_keras_model_refuses() -> None:
    with pytest.raises(SourceError, match="not built"):
        source.load(Own(), inputs={"x": ("b", 4)})
    with pytest.raises(InputSpecError, match=r"small takes 1 input \(x\), not 2"):
        source.load(_sequential(), inputs={"x": ("b", 4), "y": ("b", 4)})
    with pytest.raises(WeightsMismatchError, match=r"missing: small/first/kernel \[4,3\]"):
        source.load(_sequential(), weights={"small": {}})
    with pytest.raises(SourceError, match="weights for small are a int"):
        source.load(_sequential(), weights=3)


def test_another_backend_than_jax_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(SourceError, match="on the torch backend") as caught:
        source.load(_sequential())
    assert "KERAS_BACKEND=jax" in caught.value.remedy


def test_a_layer_alone_is_a_model() -> None:
    layer = keras.layers.Dense(2)
    expected = layer(X)
    _same(source.load(layer, inputs={"x": jax.ShapeDtypeStruct(X.shape, np.float32)}), {"output": expected}, x=X)
