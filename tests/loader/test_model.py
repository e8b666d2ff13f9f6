"""A model that was loaded with the user's own TensorFlow.js, and runs by its names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import totfjs
from tests.loader.conftest import KERNEL
from tests.loader.node import printed
from totfjs.serving import serve

START = """
import {createRequire} from 'node:module';
import {loadModel, modelHandler} from './model-loader.js';
const tf = createRequire(import.meta.url)('@tensorflow/tfjs');
const warned = [];
await tf.setBackend('cpu');
tf.tensor1d([0]).dispose(); // TensorFlow.js greets whoever runs it in Node
console.warn = (...words) => warned.push(words.join(' '));
const url = process.argv[2];
const values = async (outputs) => Object.fromEntries(
  await Promise.all(Object.entries(outputs).map(async ([name, tensor]) => [name, await tensor.array()])));
"""


def ran(site: Path, model: Path, script: str) -> Any:
    with serve(model) as server:
        return printed(site, START + script, f"{server.url}model/model.json")


def test_predict_takes_arrays_and_tensors_by_name(site: Path, graph_model: Path) -> None:
    found = ran(site, graph_model, """
        const model = await loadModel(tf, url);
        const before = tf.memory().numTensors;
        const counts = tf.tensor1d([1, 2], 'int32');
        const rows = [
          await model.predict({x: [[1, 2, 3], [0, 1, 0]], 'how many': [1, 2]}),
          await model.predict({x: new Float32Array([1, 2, 3, 0, 1, 0]), 'how many': new Int32Array([1, 2])}),
          await model.predict({'how many': counts, x: tf.tensor2d([[1, 2, 3], [0, 1, 0]])}),
        ];
        const names = Object.keys(rows[0]);
        const all = await Promise.all(rows.map(values));
        const wrong = [];
        const four = new Float32Array(4);
        for (const inputs of [{x: [[1, 2, 3]]}, {x: 1, 'how many': 1, y: 1}, {x: four, 'how many': [1]}]) {
          await model.predict(inputs).catch((error) => wrong.push(`${error.name}: ${error.message}`));
        }
        rows.forEach((row) => tf.dispose(row));
        const left = tf.memory().numTensors - before;
        const direct = await tf.loadGraphModel(modelHandler(url));
        const kept = direct.predict({x: tf.tensor2d([[1, 2, 3]]), 'how many': tf.tensor1d([0], 'int32')}).length;
        const {inputs, asynchronous} = model;
        console.log(JSON.stringify({all, names, wrong, left, kept, warned, inputs, asynchronous}));
    """)  # fmt: skip
    x = np.float32([[1, 2, 3], [0, 1, 0]])
    assert found["names"] == ["2nd */ best", "logits", "sum"]
    for row in found["all"]:
        np.testing.assert_allclose(row["logits"], x @ KERNEL + np.float32([[1], [2]]), rtol=1e-6)
        assert row["2nd */ best"] == [3, 3]
    assert found["wrong"] == [
        "TypeError: The model takes x, how many; given: x.",
        "TypeError: The model takes x, how many; given: x, how many, y.",
        "TypeError: Input x is float32 [?, 3]: 4 numbers do not fill it.",
    ]
    assert found["left"] == 2  # the tensors which the page made itself
    assert found["inputs"][0] == {"name": "x", "dtype": "float32", "shape": [-1, 3]}
    assert (found["kept"], found["warned"], found["asynchronous"]) == (3, [], False)


@pytest.mark.parametrize("needs", [False, True])
def test_a_model_runs_as_its_ops_need(site: Path, tmp_path: Path, needs: bool) -> None:
    def collatz(n: Any) -> Any:
        from jax import lax

        return (
            lax.while_loop(lambda s: s[0] > 1, lambda s: (s[0] // 2, s[1] + 1), (n, jnp.int32(0)))[1]
            if needs
            else n + 1
        )

    totfjs.convert(collatz, tmp_path / "web", inputs={"n": "int32[]"}, verify="off")
    found = ran(site, tmp_path / "web", """
        const model = await loadModel(tf, url);
        console.log(JSON.stringify([await values(await model.predict({n: 8})), model.asynchronous, warned]));
    """)  # fmt: skip
    assert found == [{"output": 3 if needs else 9}, needs, []]


def test_a_layers_model_runs_by_its_names(site: Path, tmp_path: Path) -> None:
    first, second = keras.Input((3,), name="first"), keras.Input((3,), name="second")
    joined = keras.layers.Concatenate()([first, second])
    outputs = [keras.layers.Dense(2, name="left")(joined), keras.layers.Dense(1, name="right")(joined)]
    model = keras.Model([first, second], outputs)
    totfjs.convert(model, tmp_path / "web", to="layers", verify="off")
    found = ran(site, tmp_path / "web", """
        const model = await loadModel(tf, url);
        const outputs = await model.predict({second: [[4, 5, 6]], first: [[1, 2, 3]]});
        const direct = await tf.loadLayersModel(modelHandler(url));
        console.log(JSON.stringify([await values(outputs), direct.inputs.length, model.inputs]));
    """)  # fmt: skip
    expected = model([np.float32([[1, 2, 3]]), np.float32([[4, 5, 6]])])
    for name, value in zip(("left", "right"), expected, strict=True):
        np.testing.assert_allclose(found[0][name], np.asarray(value), rtol=1e-5, atol=1e-6)
    assert found[1] == 2
    assert found[2][1] == {"name": "second", "dtype": "float32", "shape": [-1, 3]}
