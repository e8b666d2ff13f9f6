"""The four networks: the same mathematics, each from parameters of its own framework, each right in TensorFlow.js."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import totfjs
from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.models import MODELS, Model, Params, find

SHAPES = {
    (3, 3, 1, 32), (32,),
    (3, 3, 32, 64), (64,),
    (3136, 128), (128,),
    (128, 10), (10,),
}  # fmt: skip

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.short)


@pytest.fixture(scope="module")
def images() -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).uniform(size=(3, 28, 28, 1)), jnp.float32)


def by_numpy(params: Params, images: np.ndarray) -> np.ndarray:
    """The network once more, in other words, in double precision."""
    first, second, dense, last = (
        {name: np.float64(value) for name, value in layer.items()} for layer in params.values()
    )
    found = _pooled(_convolved(np.float64(images), first))
    found = _pooled(_convolved(found, second)).reshape(len(images), -1)
    found = np.maximum(found @ dense["kernel"] + dense["bias"], 0)
    return found @ last["kernel"] + last["bias"]


def _convolved(images: np.ndarray, layer: Params) -> np.ndarray:
    bordered = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(bordered, (3, 3), axis=(1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, layer["kernel"]) + layer["bias"]


def _pooled(images: np.ndarray) -> np.ndarray:
    count, height, width, channels = images.shape
    quarters = images.reshape(count, height // 2, 2, width // 2, 2, channels)
    return np.maximum(quarters.max((2, 4)), 0)


def lively(model: Model) -> Params:
    """Parameters in which no bias is zero, as after training."""
    random = np.random.default_rng(1)
    return jax.tree.map(lambda array: array + np.float32(0.1) * random.normal(size=array.shape), model.init(0))


@each_model
def test_has_the_layers_of_the_guide(model: Model) -> None:
    params = model.init(0)
    assert {array.shape for array in jax.tree.leaves(params)} == SHAPES
    assert {array.dtype for array in jax.tree.leaves(params)} == {jnp.dtype("float32")}


@each_model
def test_computes_what_the_layers_mean(model: Model, images: jax.Array) -> None:
    params = lively(model)
    found = jax.jit(model.logits)(params, images)
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, by_numpy(params, np.asarray(images)), rtol=1e-4, atol=1e-4)


@each_model
def test_begins_alike_for_the_same_seed_and_otherwise_for_another(model: Model) -> None:
    first, again, other = (jax.tree.leaves(model.init(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True) if a.ndim > 1)


@each_model
def test_computes_in_bfloat16_what_it_is_given_in_bfloat16(model: Model, images: jax.Array) -> None:
    params = lively(model)
    low = jax.tree.map(lambda array: jnp.asarray(array, jnp.bfloat16), (params, images))
    found = model.logits(*low)
    assert found.dtype == jnp.bfloat16
    expected = by_numpy(params, np.asarray(images))
    assert np.abs(np.float64(found) - expected).max() < 0.05 * np.abs(expected).max()


@each_model
def test_is_right_in_the_browser(model: Model, tmp_path: Path) -> None:
    result = totfjs.convert(model.web(lively(model)), tmp_path / "web", inputs={"image": ("b", 28, 28, 1)})
    assert [tensor.name for tensor in result.inputs] == ["image"]
    assert [tensor.name for tensor in result.outputs] == ["logits"]
    assert result.verification is not None
    assert result.verification.passed


def test_is_found_by_its_short_name_and_by_its_whole_one() -> None:
    assert [find(model.short) for model in MODELS] == [find(model.name) for model in MODELS] == list(MODELS)
    with pytest.raises(DemoError, match=r"There is no model 'tensorflow'.") as caught:
        find("tensorflow")
    assert caught.value.remedy == "Choose one of jax, flax, nnx, keras."


def test_models_are_known_before_a_framework_is_imported() -> None:
    code = "import sys, jax_to_tfjs_demo.models; print(sorted({'jax', 'flax', 'keras', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_keras_on_another_backend_is_refused() -> None:
    code = (
        "import os; os.environ['KERAS_BACKEND'] = 'numpy'; import keras\n"
        "from jax_to_tfjs_demo.errors import DemoError\n"
        "from jax_to_tfjs_demo.models import find\n"
        "try: find('keras').init(0)\n"
        "except DemoError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "Keras was already imported, on its backend numpy; this model runs on JAX.",
        "  fix: Set KERAS_BACKEND=jax before Python starts.",
    ]
