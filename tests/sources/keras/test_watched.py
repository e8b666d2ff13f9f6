"""What each layer gives in Keras stands beside the value that its lowering made."""

from __future__ import annotations

import keras
import numpy as np

from totfjs.graph.interpret import interpret
from totfjs.sources.resolve import open_source

X = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)


def test_a_layer_that_is_called_twice_has_two_values() -> None:
    image = keras.Input((5,), name="x")
    dense = keras.layers.Dense(5, name="dense")
    model = keras.Model(image, keras.layers.Add(name="add")([dense(dense(image)), image]))
    found = open_source(model).intermediates({"x": X})
    assert [step.step for step in found.steps] == ["dense (Dense)", "dense (Dense)", "add (Add)"]
    given = interpret(found.graph, {"x": X})
    for step in found.steps:
        np.testing.assert_allclose(given[str(step.value)], step.expected, rtol=1e-5, atol=1e-6)


def test_a_file_computes_nothing_by_itself(tmp_path) -> None:
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]).save(tmp_path / "model.keras")
    source = open_source(tmp_path / "model.keras")
    assert source.intermediates(dict.fromkeys(source.inputs, X)) is None
