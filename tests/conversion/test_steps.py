"""`convert` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx

import totfjs
from totfjs.errors import OutputExistsError, UsageError


class Classifier(nn.Module):
    @nn.compact
    def __call__(self, image: jax.Array, train: bool = True) -> dict[str, Any]:
        x = nn.BatchNorm(use_running_average=not train)(nn.Conv(4, (3, 3))(image))
        logits = nn.Dense(3)(nn.relu(x).mean((1, 2)))
        return {"logits": logits, "extra": {"top": jnp.argmax(logits, -1)}}


class Perceptron(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.dense = nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return nnx.relu(self.dense(x))


@pytest.fixture(scope="module")
def variables() -> Any:
    made = Classifier().init(jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32), train=False)
    random = np.random.default_rng(0)
    return jax.tree.map(lambda leaf: random.uniform(0.5, 1.5, leaf.shape).astype(np.float32), made)


def test_a_linen_module_with_its_variables(tmp_path: Path, variables: Any) -> None:
    result = totfjs.convert((Classifier(), variables), tmp_path / "web", inputs={"image": ("b", 8, 8, 1)})
    assert result.verification.passed
    assert result.verification.backends == ("cpu", "wasm")
    assert [str(tensor) for tensor in (*result.inputs, *result.outputs)] == [
        "image: float32[b, 8, 8, 1]",
        "logits: float32[b, 3]",
        "extra.top: int32[b]",
    ]
    assert any("train=False" in note for note in result.notes)
    assert sorted(path.name for path in result.path.iterdir()) == sorted(result.files)


def test_batch_norm_and_bias_leave_no_node_of_their_own(tmp_path: Path, variables: Any) -> None:
    result = totfjs.convert((Classifier(), variables), tmp_path / "web", inputs={"image": ("b", 8, 8, 1)})
    ops = totfjs.inspect(result.path).ops
    assert ops["_FusedConv2D"] == 1
    assert not {"Sub", "Mul", "Rsqrt", "AddV2"} & set(ops)


def test_what_runs_afterwards_is_what_flax_computes(tmp_path: Path, variables: Any) -> None:
    totfjs.convert((Classifier(), variables), tmp_path / "web", inputs={"image": ("b", 8, 8, 1)}, verify="off")
    image = np.random.default_rng(1).normal(size=(5, 8, 8, 1)).astype(np.float32)
    found = totfjs.run(tmp_path / "web", {"image": image})
    expected = Classifier().apply(variables, image, train=False)
    np.testing.assert_allclose(found["logits"], expected["logits"], atol=1e-5)
    np.testing.assert_array_equal(found["extra.top"], expected["extra"]["top"])


def test_an_nnx_module(tmp_path: Path) -> None:
    result = totfjs.convert(Perceptron(nnx.Rngs(0)), tmp_path / "web", inputs={"x": ("b", 3)})
    assert result.verification.passed
    assert [tensor.name for tensor in result.outputs] == ["output"]


@pytest.mark.parametrize("dims", [(3,), ("b", 3)], ids=["one", "batch"])
def test_an_equinox_module_alone_and_over_a_batch(tmp_path: Path, dims: tuple[Any, ...]) -> None:
    module = equinox.nn.MLP(3, 2, 8, depth=1, key=jax.random.key(0))
    model = jax.vmap(module) if len(dims) > 1 else module
    result = totfjs.convert(model, tmp_path / "web", inputs={"x": dims})
    assert result.verification.passed
    assert [str(tensor) for tensor in result.outputs] == [f"output: float32[{', '.join(map(str, (*dims[:-1], 2)))}]"]


def test_a_function_of_parameters_and_two_inputs(tmp_path: Path) -> None:
    def scaled(params: dict[str, Any], x: Any, factor: Any) -> tuple[Any, Any]:
        return x @ params["w"] * factor, x.sum()

    weights = {"w": np.arange(6, dtype=np.float32).reshape(3, 2)}
    inputs = {"x": ("n", 3), "factor": jax.ShapeDtypeStruct((), jnp.float32)}
    result = totfjs.convert(scaled, tmp_path / "web", inputs=inputs, weights=weights)
    assert result.verification.passed
    assert [tensor.name for tensor in result.outputs] == ["output_0", "output_1"]


def test_a_model_in_half_precision_is_allowed_the_roundings_of_its_own(tmp_path: Path) -> None:
    def product(x: Any, y: Any) -> Any:
        return (x.astype(jnp.bfloat16) @ y.astype(jnp.bfloat16)).astype(jnp.float32)

    result = totfjs.convert(product, tmp_path / "web", inputs={"x": ("b", 64), "y": (64, 8)})
    assert result.verification.passed
    assert result.verification.tolerance > 1e-2
    assert "bfloat16 is computed as float32." in result.notes


def test_the_proof_can_be_left_out_and_says_so(tmp_path: Path) -> None:
    result = totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": (3,)}, verify="off")
    assert result.verification.passed is None
    assert result.verification.not_run == {"all": "verification is off"}


def test_quantized_weights_are_proved_and_their_price_is_told(tmp_path: Path, variables: Any) -> None:
    inputs = {"image": ("b", 8, 8, 1)}
    result = totfjs.convert((Classifier(), variables), tmp_path / "web", inputs=inputs, quantize={"*kernel": "uint8"})
    assert result.verification.passed
    assert result.verification.deviation is not None
    assert 0 < result.verification.deviation < 0.1


def test_json_of_the_result_is_plain(tmp_path: Path) -> None:
    result = totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": ("b", 3)})
    described = json.loads(json.dumps(result.json()))
    assert described["verification"]["passed"] is True
    assert described["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["b", 3]}]


def test_metadata_is_kept_beside_ours(tmp_path: Path) -> None:
    totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": (3,)}, metadata={"labels": ["a"]}, verify="off")
    assert totfjs.inspect(tmp_path / "web").metadata["labels"] == ["a"]  # type: ignore[union-attr]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, variables: Any) -> None:
    for name in ("one", "two"):
        inputs = {"image": ("b", 8, 8, 1)}
        totfjs.convert((Classifier(), variables), tmp_path / name, inputs=inputs, verify="off")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


def test_an_existing_output_is_replaced_only_by_force(tmp_path: Path) -> None:
    totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": (3,)}, verify="off")
    with pytest.raises(OutputExistsError):
        totfjs.convert(jnp.cos, tmp_path / "web", inputs={"x": (3,)}, verify="off")
    result = totfjs.convert(jnp.cos, tmp_path / "web", inputs={"x": (3,)}, force=True)
    assert result.verification.passed


def test_weights_alone(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", **{"dense/kernel": np.ones((2, 3), np.float32)})
    result = totfjs.convert(tmp_path / "model.npz", tmp_path / "web")
    assert result.target == "weights"
    assert (tmp_path / "web" / "weights_manifest.json").is_file()
    assert result.verification.passed is None


def test_names_that_are_numbers_come_with_a_warning_about_their_order(tmp_path: Path) -> None:
    result = totfjs.convert(lambda x: {"b": x, "1": x + 1}, tmp_path / "web", inputs={"x": (3,)})
    assert result.verification.passed
    assert [tensor.name for tensor in result.outputs] == ["b", "1"]
    assert any("outputs given as an array have the order 1, b" in note for note in result.notes)


def test_backends_and_signatures_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no backend tpu"):
        totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": (3,)}, backends=("tpu",))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Only SavedModels have signatures"):
        totfjs.convert(jnp.sin, tmp_path / "web", inputs={"x": (3,)}, signature="serving_default")
    assert not (tmp_path / "web").exists()
