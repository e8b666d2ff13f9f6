from __future__ import annotations

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from tests import models
from totfjs.errors import InputSpecError, SourceError, TraceError, UnsupportedError, UsageError, WeightsMismatchError
from totfjs.graph.interpret import interpret
from totfjs.sources import jax as source
from totfjs.weights.array import Deferred


class Small(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array, train: bool = True) -> jax.Array:
        x = nn.BatchNorm(use_running_average=not train)(nn.Dense(3)(x))
        return nn.Dropout(0.5, deterministic=not train)(x)


class SmallNnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.dense = nnx.Linear(2, 3, rngs=rngs)
        self.norm = nnx.BatchNorm(3, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.dropout(self.norm(self.dense(x)))


INPUTS = {"x": ("b", 2)}
WEIGHTS = models.variables(Small(), jnp.ones((1, 2)))


def _same(model: Any, x: np.ndarray) -> None:
    expected, actual = model.evaluate({"x": x}), interpret(model.graph(), {"x": x})
    for name, value in expected.items():
        np.testing.assert_allclose(actual[name], value, rtol=1e-5, atol=1e-6)


X = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.mark.parametrize(
    "model, weights",
    [((Small(), WEIGHTS), None), (Small(), WEIGHTS), (Small, WEIGHTS), (Small().bind(WEIGHTS), None)],
    ids=["pair", "instance", "class", "bound"],
)
def test_a_linen_module_is_taken_in_every_form(model: Any, weights: Any) -> None:
    loaded = source.load(model, weights=weights, inputs=INPUTS)
    assert loaded.notes == ("train=False was set for inference.",)
    _same(loaded, X)


@pytest.mark.parametrize("form", ["instance", "class", "factory", "state", "nested"])
def test_an_nnx_module_is_taken_in_every_form(form: str) -> None:
    module = SmallNnx(nnx.Rngs(1))
    module.norm.mean[...] = jnp.array([1.0, 2.0, 3.0])
    values = nnx.to_pure_dict(nnx.state(module, nnx.Not(nnx.RngState)))
    model, weights = {
        "instance": (module, None),
        "class": (SmallNnx, values),
        "factory": (lambda: SmallNnx(nnx.Rngs(0)), values),
        "state": (SmallNnx, nnx.state(module)),
        "nested": (SmallNnx, jax.tree.map(lambda leaf: {"value": leaf}, values)),
    }[form]
    loaded = source.load(model, weights=weights, inputs=INPUTS)
    assert loaded.notes == (".eval() was called on the module",)
    assert not module.norm.use_running_average, "the user's own module keeps its mode"
    copy = nnx.merge(*nnx.split(module))
    copy.eval()
    np.testing.assert_allclose(loaded.evaluate({"x": X})["output"], copy(X), rtol=1e-5)
    _same(loaded, X)


def test_weights_are_named_after_their_place_and_nodes_after_their_module() -> None:
    graph = source.load((Small(), WEIGHTS), inputs=INPUTS).graph()
    assert {"params/Dense_0/kernel", "batch_stats/BatchNorm_0/mean", "Small/Dense_0/MatMul"} <= set(graph.nodes)
    node = graph.nodes["Small/Dense_0/MatMul"]
    assert node.origin.scope == "Small/Dense_0"
    assert "test_load.py:" in node.origin.place


def test_nnx_nodes_are_named_after_the_module_whose_weights_they_read() -> None:
    graph = source.load(SmallNnx(nnx.Rngs(0)), inputs=INPUTS).graph()
    assert {"dense/kernel", "SmallNnx/dense/MatMul"} <= set(graph.nodes)


def test_lazy_weights_are_not_read_before_they_are_streamed() -> None:
    def fail() -> np.ndarray:
        raise AssertionError("the weights were read")

    weights = {"w": Deferred(np.float32, (2, 3), fail)}
    model = source.load(lambda params, x: x @ params["w"], weights=weights, inputs=INPUTS)
    assert model.graph().nodes["params/w"].types[0].shape == (2, 3)


def test_what_depends_on_weights_alone_and_has_no_lowering_is_computed_by_jax() -> None:
    weights = {"w": X}
    model = source.load(lambda params, x: x @ jnp.linalg.qr(params["w"])[1], weights=weights, inputs=INPUTS)
    _same(model, X)


def test_constant_random_numbers_are_those_of_jax() -> None:
    _same(source.load(lambda x: x + jax.random.normal(jax.random.key(3), (3, 2)), inputs=INPUTS | {"x": (3, 2)}), X)


def test_a_condition_on_a_constant_takes_one_branch() -> None:
    _same(source.load(lambda x: jax.lax.cond(True, lambda y: y + 1, lambda y: y - 1, x), inputs=INPUTS), X)


@pytest.mark.parametrize(
    "function, names",
    [
        (lambda x: x, ["output"]),
        (lambda x: (x, x), ["output_0", "output_1"]),
        (lambda x: {"logits": x, "aux": {"z": x, "a": [x, x]}}, ["logits", "aux.z", "aux.a.0", "aux.a.1"]),
    ],
)
def test_outputs_are_named_after_the_tree(function: Any, names: list[str]) -> None:
    assert list(source.load(function, inputs=INPUTS).graph().outputs) == names


def test_outputs_can_be_chosen_and_those_without_a_name_named() -> None:
    pair = source.load(lambda x: {"a": x, "c": x + 1}, inputs=INPUTS, outputs=["c"])
    assert list(pair.graph().outputs) == ["c"]
    assert list(source.load(lambda x: x, inputs=INPUTS, outputs=["logits"]).evaluate({"x": X})) == ["logits"]
    with pytest.raises(UsageError, match="no output nothing"):
        source.load(lambda x: {"a": x}, inputs=INPUTS, outputs=["nothing"])


@pytest.mark.parametrize(
    "spec, text",
    [
        (("b", 2), "float32[b,2]"),
        ("float32[b, 2*t + 1]", "float32[b,2*t+1]"),
        ("int64[b]", "int32[b]"),
        ("uint8[b,max(t,3)]", "int32[b,max(t,3)]"),
        (jax.ShapeDtypeStruct((3,), np.float16), "float32[3]"),
        (np.zeros((2, 3)), "float32[2,3]"),
    ],
)
def test_inputs_are_described_in_many_ways(spec: Any, text: str) -> None:
    from totfjs.sources.jax.inputs import leaves, read_inputs

    (leaf,) = leaves(read_inputs({"x": spec})["x"])
    assert [str(kind) for kind in leaf.fed.values()] == [text]


def test_arguments_may_be_trees_and_keywords() -> None:
    def function(batch: dict[str, jax.Array], *, scale: jax.Array) -> jax.Array:
        return (batch["a"] + batch["b"]) * scale

    model = source.load(function, inputs={"batch": {"b": ("b", 2), "a": "int32[b,1]"}, "scale": ()})
    assert list(model.inputs) == ["batch.a", "batch.b", "scale"]
    fed = {"batch.a": np.ones((1, 1), np.int32), "batch.b": X[:1], "scale": np.float32(2)}
    np.testing.assert_allclose(interpret(model.graph(), fed)["output"], model.evaluate(fed)["output"])


def test_switches_given_by_the_user_stay() -> None:
    def function(x: jax.Array, train: bool) -> jax.Array:
        return x * 2 if train else x

    assert source.load(function, inputs=INPUTS).evaluate({"x": X})["output"][0, 1] == 1
    partial = source.load(functools.partial(function, train=True), inputs=INPUTS)
    assert partial.evaluate({"x": X})["output"][0, 1] == 2
    assert partial.notes == ()


def test_notes_name_what_is_computed_in_another_dtype() -> None:
    model = source.load(lambda x: x.astype(jnp.bfloat16) * 2, inputs={"x": "int64[b]"})
    assert model.notes == ("Input x: int64 is fed as int32.", "bfloat16 is computed as float32.")


REFUSED = [
    (lambda x: x, {}, None, InputSpecError, "does not say what its inputs are"),
    (lambda x: x, {"x": "float32[b"}, None, InputSpecError, r"described by 'float32\[b'"),
    (lambda x: x, {"x": "complex256[b]"}, None, InputSpecError, "dtype complex256"),
    (lambda x: x, {"x": ("b!", 2)}, None, InputSpecError, "neither a size nor a name"),
    (lambda x: x, INPUTS | {"mask": ("b",)}, None, InputSpecError, r"takes 1 input \(x\), not 2"),
    (lambda x, y: x, INPUTS, None, InputSpecError, r"takes 2 inputs \(x, y\)"),
    (lambda x: x @ x, INPUTS, None, TraceError, "cannot be traced"),
    (lambda x: x if x.sum() > 0 else -x, INPUTS, None, TraceError, "TracerBoolConversionError"),
    (Small(), INPUTS, None, SourceError, "its weights are not part of it"),
    (SmallNnx, INPUTS, None, SourceError, "has no weights yet"),
    (3, INPUTS, None, SourceError, "int is not a model"),
]


@pytest.mark.parametrize("model, inputs, weights, error, text", REFUSED)
def test_bad_requests_are_refused(model: Any, inputs: Any, weights: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        source.load(model, inputs=inputs, weights=weights)


@pytest.mark.parametrize("model", [Small(), SmallNnx], ids=["linen", "nnx"])
def test_weights_that_do_not_fit_are_all_listed(model: Any) -> None:
    weights = {"params": {"Dense_0": {"kernel": np.ones((2, 4)), "extra": np.ones(1)}}}
    with pytest.raises(WeightsMismatchError) as caught:
        source.load(model, weights=weights, inputs=INPUTS)
    assert "missing: " in caught.value.what
    assert "unexpected: " in caught.value.what
    if isinstance(model, nn.Module):
        assert "params/Dense_0/kernel: expected [2,3], found [2,4]" in caught.value.what


def test_all_operations_without_a_lowering_are_listed_with_their_lines() -> None:
    from jax.experimental import io_callback

    def function(x: jax.Array) -> jax.Array:
        kind = jax.ShapeDtypeStruct(x.shape, x.dtype)
        with jax.named_scope("Spectrum"):
            y = jax.pure_callback(np.sin, kind, x)
        return y + io_callback(np.sin, kind, x)

    with pytest.raises(UnsupportedError) as caught:
        source.load(function, inputs={"x": (3, 2)}).graph()
    lines = caught.value.what.splitlines()
    assert lines[0] == "2 operations of the model cannot be converted:"
    assert any("pure_callback: " in line and "Spectrum" in line and "test_load.py:" in line for line in lines)
    assert any("io_callback: " in line and "test_load.py:" in line for line in lines)


@pytest.mark.parametrize(("dtype", "said"), [("float32", True), ("bfloat16", True), ("int32", False)])
def test_what_the_runtime_cannot_see_is_said(dtype, said):
    model = source.load(lambda x: jax.lax.top_k(x, 2), inputs={"x": f"{dtype}[5]"})
    assert any(note.startswith("top_k puts every NaN first") for note in model.notes) is said
