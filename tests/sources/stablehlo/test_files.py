"""Files with modules: told by their content, all forms read alike, damaged ones refused by name."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

import totfjs
from tests.sources.stablehlo.harness import exported
from totfjs.cli.main import main
from totfjs.errors import InputSpecError, MissingDependencyError, SourceError, TotfjsError, UnsupportedError
from totfjs.sources import stablehlo

WEIGHTS = np.arange(600, dtype=np.float32).reshape(30, 20) / 600


def function(x: Any) -> Any:
    return {"logits": jnp.tanh(x @ WEIGHTS), "class": jnp.argmax(x @ WEIGHTS, -1)}


FORMS = {
    "model.jaxexport": lambda artifact: bytes(artifact.serialize()),
    "model.mlir": lambda artifact: artifact.mlir_module().encode(),
    "model.mlirbc": lambda artifact: _bytecode(artifact.mlir_module()),
    "portable.bin": lambda artifact: artifact.mlir_module_serialized,
    "artifact.bin": lambda artifact: bytes(artifact.serialize()),
}


def _bytecode(text: str) -> bytes:
    from io import BytesIO

    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir import ir

    with make_ir_context() as context, ir.Location.unknown(context):
        stream = BytesIO()
        ir.Module.parse(text).operation.write_bytecode(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def artifact() -> export.Exported:
    return exported(function, "float32[b,30]")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_told_by_its_content_and_converts(form: str, artifact: Any, tmp_path: Path) -> None:
    path = tmp_path / form
    path.write_bytes(FORMS[form](artifact))
    result = totfjs.convert(path, tmp_path / "web", inputs={"x": ("b", 30)}, verify=["cpu", "wasm"])
    assert result.verification.passed
    assert [str(item) for item in result.inputs] == ["x: float32[b, 30]"]
    assert [str(item) for item in result.outputs] == ["class: int32[b]", "logits: float32[b, 20]"]


def test_an_exported_object_converts_with_its_own_inputs(artifact: Any, tmp_path: Path) -> None:
    result = totfjs.convert(artifact, tmp_path / "web", verify=["cpu", "wasm"])
    assert result.verification.passed
    assert [str(item) for item in result.inputs] == ["x: float32[b, 30]"]


def test_the_command_converts_an_artifact(artifact: Any, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "model.jaxexport"
    path.write_bytes(artifact.serialize())
    assert main(["convert", str(path), str(tmp_path / "web"), "--verify", "cpu"]) == 0
    assert "in   x: float32[b, 30]" in capsys.readouterr().out
    assert (tmp_path / "web" / "model.json").is_file()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused(form: str, kept: float, artifact: Any, tmp_path: Path) -> None:
    path = tmp_path / form
    content = FORMS[form](artifact)
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(TotfjsError):
        totfjs.convert(path, tmp_path / "web", verify="off")
    assert not (tmp_path / "web").exists()


@pytest.mark.parametrize("name", ["model.jaxexport", "model.mlir"])
def test_a_file_with_something_else_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"module { this is no module }" if name == "model.mlir" else bytes(range(256)))
    with pytest.raises(SourceError, match=name):
        stablehlo.load(path)


def test_an_artifact_without_flatbuffers_says_what_to_install(
    artifact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.jaxexport"
    path.write_bytes(artifact.serialize())
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "flatbuffers":
            raise ModuleNotFoundError("No module named 'flatbuffers'", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError, match=r"needs flatbuffers") as caught:
        stablehlo.load(path)
    assert caught.value.remedy == "Run `pip install 'totfjs[export]'`."


MODULE = """module {
  func.func @main(%arg0: tensor<?x4xf64> loc("x"), %arg1: tensor<?xi64> loc("i"))
      -> (tensor<?x4xf64> {jax.result_info = "result['y']"}, tensor<?xi64> {jax.result_info = "result['j']"}) {
    %c = stablehlo.constant dense<3> : tensor<i64>
    %n = stablehlo.get_dimension_size %arg1, dim = 0 : (tensor<?xi64>) -> tensor<i32>
    %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
    %b = stablehlo.dynamic_broadcast_in_dim %c, %s, dims = [] : (tensor<i64>, tensor<1xi32>) -> tensor<?xi64>
    %1 = stablehlo.add %arg1, %b : tensor<?xi64>
    %2 = chlo.erf %arg0 : tensor<?x4xf64> -> tensor<?x4xf64>
    return %2, %1 : tensor<?x4xf64>, tensor<?xi64>
  }
}"""


def test_a_module_of_64_bits_is_converted_in_32_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "wide.mlir"
    path.write_text(MODULE, encoding="utf-8")
    result = totfjs.convert(path, tmp_path / "web", inputs={"x": ("n", 4), "i": ("n",)}, verify=["cpu", "wasm"])
    assert result.verification.passed
    assert [str(item) for item in result.inputs] == ["x: float32[n, 4]", "i: int32[n]"]
    assert [item.name for item in result.outputs] == ["y", "j"]
    assert "The module computes float64, int64; the model does so in 32 bits." in result.notes


REFUSED = """module {
  func.func @main(%arg0: tensor<2xf32>, %arg1: tensor<2xui64>) -> (tensor<2xf32>, tensor<2xui64>, tensor<2xf8E4M3FN>) {
    %0 = stablehlo.custom_call @my_kernel(%arg0) : (tensor<2xf32>) -> tensor<2xf32>
    %1 = stablehlo.cosine %0 : tensor<2xf32>
    %state, %bits = stablehlo.rng_bit_generator %arg1, algorithm = DEFAULT :
      (tensor<2xui64>) -> (tensor<2xui64>, tensor<2xui64>)
    %2 = stablehlo.convert %arg0 : (tensor<2xf32>) -> tensor<2xf8E4M3FN>
    return %1, %bits, %2 : tensor<2xf32>, tensor<2xui64>, tensor<2xf8E4M3FN>
  }
}"""


def test_everything_that_is_refused_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.mlir"
    path.write_text(REFUSED, encoding="utf-8")
    with pytest.raises(UnsupportedError) as raised:
        stablehlo.load(path)
    text = str(raised.value)
    assert "custom_call @my_kernel: it calls a library" in text
    assert "(odd.mlir:3)" in text
    assert "stablehlo.rng_bit_generator: the bits of this generator" in text
    assert "elements of type f8E4M3FN are not supported" in text
    assert "cosine" not in text


def test_a_constant_that_needs_64_bits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.mlir"
    text = MODULE.replace("dense<3>", "dense<30000000000>")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnsupportedError, match="integers of more than 32 bits"):
        stablehlo.load(path, inputs={"x": ("n", 4), "i": ("n",)})


def test_inputs_take_names_and_sizes_from_the_user(artifact: Any) -> None:
    named = stablehlo.load(artifact, inputs={"image": ("batch", 30)})
    fixed = stablehlo.load(artifact, inputs={"image": (7, 30)})
    assert {name: str(kind) for name, kind in named.inputs.items()} == {"image": "float32[batch,30]"}
    assert {name: str(kind) for name, kind in fixed.inputs.items()} == {"image": "float32[7,30]"}


@pytest.mark.parametrize("inputs", [{"x": ("b", 31)}, {"x": ("b", 30), "y": (1,)}, {"x": "int32[b,30]"}, {"x": (30,)}])
def test_inputs_that_do_not_fit_are_refused(artifact: Any, inputs: Any) -> None:
    with pytest.raises(InputSpecError, match="export"):
        stablehlo.load(artifact, inputs=inputs)


def test_sizes_outside_the_constraints_of_the_export_are_refused() -> None:
    (size,) = export.symbolic_shape("b", constraints=["b >= 4"])
    artifact = export.export(jax.jit(jnp.sin))(jax.ShapeDtypeStruct((size,), np.float32))
    assert stablehlo.load(artifact).inputs
    assert stablehlo.load(artifact, inputs={"x": ("n",)}).inputs
    with pytest.raises(InputSpecError, match="do not fit"):
        stablehlo.load(artifact, inputs={"x": (2,)})


def test_bfloat16_and_complex_constants_are_read() -> None:
    half = (np.arange(300) / 7).astype(jnp.bfloat16)
    turned = np.arange(300) * (1 - 2j) + 0.5

    def held(x: Any) -> Any:
        return (
            x + half.astype(np.float32).sum() + jnp.asarray(half, np.float32) + jnp.asarray(turned, np.complex64).imag
        )

    model = stablehlo.load(exported(held, "float32[300]"))
    x = np.linspace(0, 1, 300, dtype=np.float32)
    np.testing.assert_allclose(model.model.call({w.name: w.leaf for w in model.parts.leaves}, x), held(x), rtol=1e-6)
