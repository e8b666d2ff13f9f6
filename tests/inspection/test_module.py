"""What `inspect` tells of StableHLO modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import totfjs
from tests.sources.stablehlo.harness import exported
from totfjs.cli.main import main
from totfjs.errors import SourceError

WEIGHTS = np.linspace(-1, 1, 600, dtype=np.float32).reshape(30, 20)


def function(x: Any) -> Any:
    return {"logits": jnp.tanh(x @ WEIGHTS) + 2, "twice": [x + x]}


@pytest.fixture
def artifact() -> Any:
    return exported(function, "float32[b,30]")


def test_an_artifact_of_jax_export(artifact: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.jaxexport"
    path.write_bytes(bytes(artifact.serialize()))
    info = totfjs.inspect(path)
    assert (info.name, info.made_by) == ("function", "jax.export for cpu")
    assert info.inputs == {"x": "float32[b, 30]"}
    assert info.outputs == {"logits": "float32[b, 20]", "twice.0": "float32[b, 30]"}
    assert (info.ops["stablehlo.tanh"], info.ops["stablehlo.dot_general"]) == (1, 1)
    assert info.ops["stablehlo.custom_call @shape_assertion"] == 1
    assert "stablehlo.constant" not in info.ops
    (weight,) = info.weights
    assert (weight.name, weight.dtype, weight.shape) == ("dot_general/constant", "float32", (30, 20))
    assert (weight.bytes, weight.values, info.parameters) == (2400, None, 600)


def test_a_module_in_text_does_not_name_its_dims(artifact: Any, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(artifact.mlir_module())
    assert main(["inspect", str(path), "--values"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"{path}: StableHLO module model", "  in   x: float32[?, 30]"]
    assert lines[2:4] == ["  out  logits: float32[?, 20]", "  out  twice.0: float32[?, 30]"]
    assert lines[-3:-1] == ["  600 parameters in 1 constants, 2,400 bytes", "    dot_general/constant: float32[30, 20]"]
    assert lines[-1].startswith("        -1 to 1, mean ")
    assert main(["inspect", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["inputs"] == {"x": "float32[?, 30]"}
    assert told["weights"][0]["bytes"] == 2400


def test_constants_have_the_dtype_of_the_module(tmp_path: Path) -> None:
    path = tmp_path / "wide.mlir"
    numbers = ", ".join(f"{n}.5" for n in range(2000))
    path.write_text(
        "func.func @main(%x: tensor<2000xf64>) -> tensor<2000xf64> {\n"
        f"  %c = stablehlo.constant dense<[{numbers}]> : tensor<2000xf64>\n"
        "  %y = stablehlo.add %x, %c : tensor<2000xf64>\n"
        "  return %y : tensor<2000xf64>\n}\n"
    )
    info = totfjs.inspect(path)
    assert (info.inputs, info.outputs) == ({"input": "float64[2000]"}, {"output": "float64[2000]"})
    assert [(weight.dtype, weight.bytes) for weight in info.weights] == [("float64", 16000)]


def test_types_that_no_web_model_has_are_shown_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "small.mlir"
    path.write_text(
        "func.func @main(%x: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {\n  return %x : tensor<?x4xf8E4M3FN>\n}\n"
    )
    info = totfjs.inspect(path)
    assert info.inputs == {"input_0": "tensor<?x4xf8E4M3FN>"}
    assert info.outputs == {"output_0": "tensor<?x4xf8E4M3FN>"}


def test_a_damaged_module_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text("module { broken")
    with pytest.raises(SourceError, match="no StableHLO module that can be read"):
        totfjs.inspect(path)
