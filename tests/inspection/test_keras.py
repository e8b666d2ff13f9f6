"""The summary of Keras files, told without Keras."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures import tf_keras
from totfjs.inspection import inspect
from totfjs.inspection.keras import KerasInfo

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


@pytest.fixture
def built() -> Any:
    """A model that was never saved: to save it as .h5 takes the optimizer out of its compile state."""
    import keras

    inner = keras.Sequential(
        [
            keras.Input((3,), name="row"),
            keras.layers.Dense(3, name="dense"),
            keras.layers.BatchNormalization(name="norm"),
        ],
        name="inner",
    )
    a, b = keras.Input((3,), name="a"), keras.Input((None, 3), name="b")
    twice = inner(inner(a))
    sequence, state = keras.layers.SimpleRNN(3, return_state=True, name="rnn")(b)
    outputs = [keras.layers.Add(name="add")([twice, sequence]), state]
    model = keras.Model([a, b], outputs, name="whole")
    model.compile("sgd", loss=["mse", keras.losses.Huber()])
    return model


SUMMARY = """\
  layer     type                output                        parameters  connected to
  a         InputLayer          float32[b,3]                           0
  inner     Sequential          float32[b,3]                          24  a, inner
    row     InputLayer          float32[b,3]                           0
    dense   Dense               float32[b,3]                          12  row
    norm    BatchNormalization  float32[b,3]                          12  dense
  b         InputLayer          float32[b,b_1,3]                       0
  rnn       SimpleRNN           float32[b,3], float32[b,3]            21  b
  add       Add                 float32[b,3]                           0  inner, rnn
  45 parameters (39 trained, 6 not) in 9 weights, 180 bytes
  compiled with SGD, loss mse, Huber; 2 variables of the optimizer"""


def shown(path: Path) -> list[str]:
    """The summary with its columns as narrow as can be."""
    return [" ".join(line.split()) for line in str(inspect(path)).splitlines()[1:]]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_the_summary_has_layers_shapes_parameters_and_the_compile_state(
    built: Any, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"model{suffix}"
    built.save(path)
    assert shown(path) == [" ".join(line.split()) for line in SUMMARY.splitlines()]
    first = str(inspect(path)).splitlines()[0]
    assert (
        first.startswith(f"{path}: Keras ")
        and ", written by Keras 3." in first
        and first.endswith("whole (Functional)")
    )


def test_columns_are_aligned(built: Any, tmp_path: Path) -> None:
    built.save(tmp_path / "model.keras")
    titles, *rows = str(inspect(tmp_path / "model.keras")).splitlines()[1:10]
    assert {row[titles.index("parameters") + 9] for row in rows} <= set("0123456789")
    assert all(row[titles.index("type") - 1] == " " != row[titles.index("type")] for row in rows)


def test_parameters_are_those_that_keras_counts(built: Any, tmp_path: Path) -> None:
    built.save(tmp_path / "model.keras")
    info = inspect(tmp_path / "model.keras")
    assert isinstance(info, KerasInfo)
    assert info.parameters == built.count_params()
    top = [row for row in info.layers if "/" not in row.path]
    assert {row.path: row.parameters for row in top} == {layer.name: layer.count_params() for layer in built.layers}
    assert sum(row.trained or 0 for row in top) == sum(int(np.prod(w.shape)) for w in built.trainable_weights)


def test_a_description_in_json_has_all_of_it(built: Any, tmp_path: Path) -> None:
    built.save(tmp_path / "model.keras")
    found = json.loads(json.dumps(inspect(tmp_path / "model.keras").json()))
    assert found["layers"][1] == {
        "path": "inner", "kind": "Sequential", "outputs": ["float32[b,3]"], "parameters": 24, "trained": 18,
        "connected": ["a", "inner"],
    }  # fmt: skip
    assert found["format"] == "Keras archive"
    assert found["training"]["optimizer"]["class_name"] == "SGD"
    assert found["weights"][0]["name"] == "inner/dense/kernel"


def test_values_are_told_when_they_are_asked_for(built: Any, tmp_path: Path) -> None:
    built.save(tmp_path / "model.keras")
    assert "    inner/norm/gamma: float32[3]\n        1 to 1, mean 1" in str(
        inspect(tmp_path / "model.keras", values=True)
    )


def test_weights_alone_are_a_list(built: Any, tmp_path: Path) -> None:
    built.save_weights(tmp_path / "model.weights.h5")
    lines = str(inspect(tmp_path / "model.weights.h5")).splitlines()
    assert lines[1] == "  45 parameters in 9 weights, 180 bytes"
    assert "    layers/simple_rnn/cell/vars/0: float32[3, 3]" in lines


def test_a_model_of_python_code_is_told_as_such_with_its_weights(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((2,))
    doubled = keras.layers.Lambda(lambda x: x * 2)(keras.layers.Dense(3)(inputs))
    keras.Model(inputs, doubled).save(tmp_path / "model.keras")
    text = str(inspect(tmp_path / "model.keras"))
    assert "9 parameters in 2 weights" in text
    assert "totfjs never runs code of a file" in text
    assert "pass the model object" in text


@pytest.mark.parametrize("name", ["custom_layer", "nested_twice"])
def test_layers_that_are_not_known_do_not_hide_the_others(tmp_path: Path, name: str) -> None:
    info = inspect(tf_keras.unpack(name, "model.h5", tmp_path))
    assert isinstance(info, KerasInfo)
    unknown = [row.path for row in info.layers if not row.outputs]
    assert unknown == (["doubled"] if name == "custom_layer" else [])


def test_keras_is_not_needed(built: Any, tmp_path: Path) -> None:
    built.save(tmp_path / "model.keras")
    code = (
        "import sys; from totfjs.inspection import inspect; str(inspect(sys.argv[1]))\n"
        "assert not {'keras', 'jax', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "model.keras"], check=True)
