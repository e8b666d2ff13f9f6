"""A JAX function and its parameters, as the old package took them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

import totfjs
from totfjs.compat.converters import convert_jax
from totfjs.errors import TotfjsError, UsageError

WEIGHTS = {"w": np.arange(6, dtype=np.float32).reshape(3, 2)}


class Spec(NamedTuple):
    """What is like a TensorSpec."""

    shape: tuple[Any, ...]
    dtype: Any


def product(params: Any, x: Any) -> Any:
    return x @ params["w"]


def converted(tmp_path: Path, *signatures: Any, function: Any = product, **more: Any) -> Any:
    return convert_jax(function, WEIGHTS, input_signatures=list(signatures), model_dir=str(tmp_path / "web"), **more)


@pytest.mark.parametrize(
    ("signature", "shapes", "expected"),
    [
        (Spec((None, 3), np.float32), ["(b, 3)"], ("b", 3)),
        (Spec((None, 3), np.dtype("float32")), ["batch, _"], ("batch", 3)),
        (Spec((None, 3), "float32"), ["(n, ...)"], ("n", 3)),
        (((None, 3), np.float32), None, ("b", 3)),
        (((4, 3), jnp.float32), [None], (4, 3)),
        ([(4, 3), np.float32], None, (4, 3)),
        (jax.ShapeDtypeStruct((2, 3), jnp.float32), None, (2, 3)),
        (((None, 3), np.float32), [("k", None)], ("k", 3)),
        (((None, None, 3), np.float32), ["(b, t, 3)"], ("b", "t", 3)),
        (((None, None, 3), np.float32), None, ("b", "x_1", 3)),
    ],
)
def test_signatures_say_shape_and_dtype(signature: Any, shapes: Any, expected: Any, tmp_path: Path) -> None:
    result = converted(tmp_path, signature, polymorphic_shapes=shapes)
    assert result.verification.passed
    assert [(tensor.name, tensor.shape) for tensor in result.inputs] == [("x", expected)]


def test_a_flax_module_with_its_variables(tmp_path: Path) -> None:
    module = nn.Dense(4)
    x = np.ones((3, 4), np.float32)
    variables = module.init(jax.random.key(0), x)
    signature = [((None, 4), np.float32)]
    result = convert_jax(module.apply, variables, input_signatures=signature, model_dir=str(tmp_path / "web"))
    assert result.verification.passed
    found = totfjs.run(tmp_path / "web", {result.inputs[0].name: x})
    np.testing.assert_allclose(next(iter(found.values())), module.apply(variables, x), atol=1e-5)


def test_several_inputs_and_trees_of_them(tmp_path: Path) -> None:
    def function(params: Any, pair: Any, table: Any) -> Any:
        return {"sum": pair[0] @ params["w"] + pair[1], "scaled": table["a"] * 2}

    pair, table = (((None, 3), np.float32), ((2,), np.float32)), {"a": Spec((5,), np.int32)}
    result = converted(tmp_path, pair, table, function=function)
    assert result.verification.passed
    assert [str(tensor) for tensor in result.inputs] == [
        "pair.0: float32[b, 3]", "pair.1: float32[2]", "table.a: int32[5]"
    ]  # fmt: skip


def test_options_are_those_of_the_converter(tmp_path: Path) -> None:
    result = converted(
        tmp_path,
        ((None, 3), np.float32),
        quantization_dtype_map={"uint8": True},
        weight_shard_size_bytes=4,
        metadata={"labels": ["a"]},
        use_structured_outputs_names=True,
        skip_op_check=True,
        strip_debug_ops=True,
        control_flow_v2=True,
        experiments=False,
    )
    document = json.loads((tmp_path / "web/model.json").read_text())
    assert len(result.files) == 3
    assert document["userDefinedMetadata"]["labels"] == ["a"]
    assert document["userDefinedMetadata"]["structuredOutputKeys"] == ["output"]
    assert document["weightsManifest"][0]["weights"][0]["quantization"]["dtype"] == "uint8"


@pytest.mark.parametrize(
    ("signatures", "more", "said"),
    [
        ([3], {}, "has no shape and dtype"),
        ([((None, 3), np.float32)], {"polymorphic_shapes": []}, "1 inputs have 0"),
        ([((None, 3), np.float32)], {"polymorphic_shapes": ["(b, 3, 4)"]}, "has 2 dims"),
        ([((None, 3), np.float32)], {"frozen_graph_dir": "x"}, "No frozen TensorFlow graph"),
        ([((None, 3), np.float32)], {"with_gradient": True}, "no option with_gradient"),
    ],
)
def test_what_cannot_be_read_is_refused(signatures: Any, more: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        converted(tmp_path, *signatures, **more)


def test_other_dims_than_the_model_takes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TotfjsError):
        converted(tmp_path, ((None, 4), np.float32))
