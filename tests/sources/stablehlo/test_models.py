"""Whole models from artifacts: right on cpu and wasm, and hardly larger than from their jaxprs."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import export

from tests import models
from tests.sources.jax.harness import RUN_ON, compare
from tests.sources.stablehlo.harness import exported, ops
from totfjs.passes import optimize
from totfjs.sources import jax as source
from totfjs.sources import stablehlo

BAR = 1e-5


def _cnn() -> Any:
    params = models.pure_cnn_params()
    return lambda image: models.pure_cnn(params, image), ("float32[b,28,28,1]",)


def _nnx() -> Any:
    module = models.NnxCNN(rngs=nnx.Rngs(0))
    module.eval()
    definition, state = nnx.split(module)
    return lambda image: nnx.merge(definition, state)(image), ("float32[b,28,28,1]",)


def _resnet() -> Any:
    module = models.ResNet18(width=8, classes=10)
    weights = models.variables(module, jnp.ones((1, 32, 32, 3)), train=False)
    return lambda image: module.apply(weights, image, train=False), ("float32[b,32,32,3]",)


def _encoder() -> Any:
    module = models.Encoder(layers=2, width=32, heads=4, hidden=64, words=50, longest=16)
    weights = models.variables(module, jnp.ones((1, 8), np.int32), deterministic=True)
    return lambda tokens: module.apply(weights, tokens, deterministic=True), ("int32[b,8]",)


def _encoder_of_any_length() -> Any:
    layer = models.EncoderLayer(2, 32)
    mask = jnp.ones((1, 1, 1, 1), bool)
    weights = models.variables(layer, jnp.ones((1, 8, 16)), mask=mask, deterministic=True)
    return lambda x: layer.apply(weights, x, mask, True), ("float32[b,t,16]",)


def _lstm() -> Any:
    module = nn.RNN(nn.OptimizedLSTMCell(12))
    weights = models.variables(module, jnp.ones((1, 6, 5)))
    return lambda x: module.apply(weights, x), ("float32[b,6,5]",)


MODELS = {
    "cnn": _cnn,
    "nnx": _nnx,
    "resnet": _resnet,
    "encoder": _encoder,
    "encoder-any-length": _encoder_of_any_length,
    "lstm": _lstm,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_right_on_each_backend(engine: Any, name: str) -> None:
    function, inputs = MODELS[name]()
    model = stablehlo.load(exported(function, *inputs))
    for backend in RUN_ON:
        compare(engine, model, backend, BAR, passes=optimize)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_about_as_many_operations_as_from_its_jaxpr(name: str) -> None:
    function, inputs = MODELS[name]()
    given = {f"x{index}": spec for index, spec in enumerate(inputs)}
    traced = source.load(jax.jit(function), inputs=given)
    more = 2 if name == "lstm" else 1.1  # a split is written as a slice for each part
    assert ops(stablehlo.load(exported(function, *inputs)).graph()) <= ops(traced.graph()) * more + 2


def test_a_scan_of_known_length_is_unrolled_and_one_of_any_length_is_a_loop() -> None:
    def function(xs: jax.Array) -> Any:
        return jax.lax.scan(lambda state, x: (state + x, state * x), jnp.zeros(3), xs)

    known, dynamic = (stablehlo.load(exported(function, spec)) for spec in ("float32[5,3]", "float32[t,3]"))
    assert "scan" in str(known.traced.jaxpr)
    assert "while" not in str(known.traced.jaxpr)
    assert "Enter" not in {node.op for node in known.graph()}
    assert "Enter" in {node.op for node in dynamic.graph()}


def test_nodes_have_the_names_of_the_modules_they_come_from() -> None:
    module = models.LinenCNN()
    weights = models.variables(module, jnp.ones((1, 28, 28, 1)))
    artifact = exported(lambda image: module.apply(weights, image), "float32[b,28,28,1]")
    graph = stablehlo.load(artifact).graph()
    assert any("LinenCNN/Conv_0" in node.name for node in graph)
    places = {str(node.origin) for node in graph if node.origin is not None}
    assert any("tests/models.py:" in place for place in places)


def test_weights_given_apart_are_the_first_argument() -> None:
    params = models.pure_cnn_params()
    image = jax.ShapeDtypeStruct((2, 28, 28, 1), np.float32)
    artifact = export.export(jax.jit(models.pure_cnn))(params, image)
    model = stablehlo.load(artifact, weights=params)
    assert list(model.inputs) == ["image"]
    assert {weight.name for weight in model.parts.leaves} >= {"params/conv1/w", "params/dense2/b"}
    fed = {"image": np.ones((2, 28, 28, 1), np.float32)}
    np.testing.assert_allclose(
        model.evaluate(fed)["output"], models.pure_cnn(params, fed["image"]), rtol=1e-4, atol=1e-5
    )
