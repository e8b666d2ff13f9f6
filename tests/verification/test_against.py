"""A web model is compared with its source, whose inputs the web model itself describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from jax import export, lax

import totfjs
from tests.corpus import randomised  # noqa: F401 - chooses the backend of Keras
from totfjs.errors import ModelFileError, SourceError
from totfjs.sources.tfjs import WebModel
from totfjs.verification import verify


def spectrum(x):
    return jnp.fft.fft(x) * (2 + 1j)


def window(tokens):
    return lax.dynamic_slice(tokens, (0, 1), (tokens.shape[0], 4)) + tokens[:, -1:]


def gated(batch, state):
    return {"mixed": batch["ids"] * batch["mask"] + state[0], "last": state[1][0] - 1}


def doubled(x):
    return x + x


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "complex": (spectrum, {"x": "complex64[b,8]"}),
    "limits": (window, {"tokens": ("b", "5<=t<64")}),
    "trees": (gated, {"batch": {"ids": ("b", 3), "mask": ("b", 3)}, "state": (("b", 3), [(2,), (4,)])}),
    "other order": (gated, {"second": {"mask": ("b", 3), "ids": ("b", 3)}, "first": (("b", 3), [(2,), (4,)])}),
    "numbered": (lambda pair: pair[7] - pair[3], {"pair": {7: ("b",), 3: ("b",)}}),
    "fixed": (doubled, {"x": jax.ShapeDtypeStruct((2, 3), np.int32)}),
    "example": (doubled, {"x": np.ones((2, 3), np.float32)}),
    **{name: (doubled, {"x": f"{name}[b,4]"}) for name in ("uint8", "int8", "uint32", "float16", "bfloat16", "bool")},
}


def description(directory: Path) -> dict[str, Any]:
    return json.loads((directory / "model.json").read_text())["userDefinedMetadata"]["totfjs"]


@pytest.mark.parametrize("name", CASES)
def test_the_source_alone_is_enough(name: str, tmp_path: Path, engine: Any) -> None:
    model, inputs = CASES[name]
    totfjs.convert(model, tmp_path / "web", inputs=inputs, verify="off")
    found = verify(tmp_path / "web", model, engine=engine)
    assert found.passed, found.failures
    assert {row.backend for row in found.rows} == {"cpu", "wasm"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept_gives_the_same_model_again(name: str, tmp_path: Path) -> None:
    model, inputs = CASES[name]
    totfjs.convert(model, tmp_path / "a", inputs=inputs, verify="off")
    kept = WebModel.read(tmp_path / "a").arguments
    totfjs.convert(model, tmp_path / "b", inputs=kept, verify="off")
    assert (tmp_path / "a/model.json").read_bytes() == (tmp_path / "b/model.json").read_bytes()


def test_dtypes_limits_and_trees_are_kept_as_they_were_given(tmp_path: Path) -> None:
    totfjs.convert(window, tmp_path / "a", inputs={"tokens": "uint8[b, 5 <= t]"}, verify="off")
    assert description(tmp_path / "a") == {
        **{key: value for key, value in description(tmp_path / "a").items() if key == "shards"},
        "inputs": {"tokens": ["b", "t"]},
        "arguments": {"tokens": "uint8[b,5<=t]"},
        "limits": ["t >= 5"],
        "outputs": ["output"],
    }
    totfjs.convert(gated, tmp_path / "b", inputs=CASES["trees"][1], verify="off")
    assert description(tmp_path / "b")["arguments"] == {
        "batch": {"dict": [["ids", "float32[b,3]"], ["mask", "float32[b,3]"]]},
        "state": {"tuple": ["float32[b,3]", {"list": ["float32[2]", "float32[4]"]}]},
    }


def test_the_models_own_graph_is_run_within_the_limits(tmp_path: Path, engine: Any) -> None:
    totfjs.convert(window, tmp_path / "web", inputs={"tokens": ("b", "t>=5")}, verify="off")
    found = verify(tmp_path / "web", engine=engine)
    assert found.passed
    assert all(row.sizes["t"] >= 5 for row in found.rows)


@pytest.mark.parametrize("outputs", ["mixed", "last,mixed"])
def test_only_the_outputs_that_were_converted_are_compared(outputs: str, tmp_path: Path, engine: Any) -> None:
    totfjs.convert(gated, tmp_path / "web", inputs=CASES["trees"][1], outputs=outputs, verify="off")
    found = verify(tmp_path / "web", gated, engine=engine)
    assert found.passed
    assert {row.output for row in found.rows} == set(outputs.split(","))


def test_outputs_with_other_names_are_compared_under_them(tmp_path: Path, engine: Any) -> None:
    totfjs.convert(doubled, tmp_path / "web", inputs={"x": (3,)}, outputs=["twice"], verify="off")
    found = verify(tmp_path / "web", doubled, engine=engine)
    assert found.passed
    assert {row.output for row in found.rows} == {"twice"}


def test_a_keras_model_with_inputs_of_its_own(tmp_path: Path, engine: Any) -> None:
    import keras

    image, size = keras.Input((None, 6), name="image"), keras.Input((2,), name="size")
    pooled = keras.layers.GlobalAveragePooling1D()(image)
    model = keras.Model([image, size], keras.layers.Concatenate()([pooled, size]))
    totfjs.convert(model, tmp_path / "web", verify="off")
    found = verify(tmp_path / "web", model, engine=engine)
    assert found.passed
    assert {tuple(row.sizes) for row in found.rows} == {("b", "image_1")}


def exported(*limits: str) -> Any:
    b, t = export.symbolic_shape("b, t", constraints=limits or ("t >= 5", "mod(b, 2) == 0"))
    return export.export(jax.jit(window))(jax.ShapeDtypeStruct((b, t), np.int8))


@pytest.mark.parametrize("inputs", [None, {"words": ("n", "m")}, {"words": ("n", "m>=9")}, {"words": (2, 7)}])
def test_an_exported_function(inputs: Any, tmp_path: Path, engine: Any) -> None:
    result = totfjs.convert(exported(), tmp_path / "web", inputs=inputs, backends="cpu", verify="cpu")
    assert result.verification.passed
    for found in (verify(tmp_path / "web", exported(), engine=engine), verify(tmp_path / "web", engine=engine)):
        assert found.passed
    assert all(row.sizes["m"] >= 9 for row in found.rows if inputs == {"words": ("n", "m>=9")})


def test_a_module_in_a_file(tmp_path: Path, engine: Any) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(exported("t >= 5").mlir_module())
    totfjs.convert(path, tmp_path / "web", inputs={"words": ("b", "t>=5")}, backends="cpu", verify="off")
    assert verify(tmp_path / "web", path, engine=engine).passed


def test_sizes_that_a_module_does_not_take_are_told(tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(exported("t >= 5", "mod(b, 2) == 0").mlir_module())
    with pytest.raises(SourceError, match=r"XLA cannot run the module for inputs int8\[1,6\]: "):
        totfjs.convert(path, tmp_path / "web", inputs={"words": ("b", "t>=5")}, backends="cpu", verify="cpu")


def test_another_web_model_describes_itself(tmp_path: Path, engine: Any) -> None:
    for name in ("a", "b"):
        totfjs.convert(spectrum, tmp_path / name, inputs={"x": "complex64[b,8]"}, verify="off")
    assert verify(tmp_path / "a", tmp_path / "b", engine=engine).passed


@pytest.mark.parametrize("tree", [3, None, {"set": []}, {"dict": ["x"]}, {"dict": [[[], "f"]]}, {"list": 3}])
def test_a_description_that_nobody_wrote_is_refused(tree: Any, tmp_path: Path) -> None:
    totfjs.convert(doubled, tmp_path / "web", inputs={"x": (3,)}, verify="off")
    document = json.loads((tmp_path / "web/model.json").read_text())
    document["userDefinedMetadata"]["totfjs"]["arguments"] = {"x": tree}
    (tmp_path / "web/model.json").write_text(json.dumps(document))
    with pytest.raises(ModelFileError, match="which totfjs has not written"):
        verify(tmp_path / "web", doubled)


def test_half_precision_of_the_source_is_allowed_for(tmp_path: Path, engine: Any) -> None:
    weights = {"w": np.linspace(-1, 1, 64).reshape(8, 8).astype(ml_dtypes.bfloat16)}
    model = lambda params, x: x @ params["w"]  # noqa: E731
    totfjs.convert(model, tmp_path / "web", inputs={"x": "bfloat16[b,8]"}, weights=weights, verify="off")
    found = verify(tmp_path / "web", model, weights=weights, engine=engine)
    assert found.passed
    assert found.tolerance == 8e-2
