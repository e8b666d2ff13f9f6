"""Modules as other producers write them, in text: converted, or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import totfjs
from totfjs.errors import TotfjsError

MAP = """func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %r = "stablehlo.map"(%x, %y) ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = stablehlo.constant dense<2.0> : tensor<f32>
      %s = stablehlo.multiply %a, %c : tensor<f32>
      %p = stablehlo.compare GT, %s, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %t = stablehlo.select %p, %s, %b : tensor<i1>, tensor<f32>
      stablehlo.return %t : tensor<f32>
  }) {dimensions = array<i64: 0, 1>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
"""
DYNAMIC_MAP = MAP.replace("2x3x", "?x3x")
INDICES_OF_64_BITS = """func.func @main(%x: tensor<4x3xf64>, %i: tensor<2x1xi64>)
    -> (tensor<2x3xf64>, tensor<2x1xi64>) {
  %r = "stablehlo.gather"(%x, %i) {
    dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0],
                                          index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 3>, indices_are_sorted = false
  } : (tensor<4x3xf64>, tensor<2x1xi64>) -> tensor<2x3xf64>
  %c = stablehlo.constant dense<3000000000> : tensor<2x1xi64>
  %d = stablehlo.constant dense<3> : tensor<2x1xi64>
  %j = stablehlo.add %i, %d : tensor<2x1xi64>
  return %r, %j : tensor<2x3xf64>, tensor<2x1xi64>
}
"""
CONVERTED = {
    "map": MAP,
    "map of dynamic dims": DYNAMIC_MAP,
    "64 bits": INDICES_OF_64_BITS.replace("  %c = stablehlo.constant dense<3000000000> : tensor<2x1xi64>\n", ""),
    "scalars": """func.func @main(%x: tensor<f32>) -> tensor<f32> {
  %r = "stablehlo.map"(%x) ({
    ^bb0(%a: tensor<f32>):
      %t = stablehlo.tanh %a : tensor<f32>
      stablehlo.return %t : tensor<f32>
  }) {dimensions = array<i64>} : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
""",
    "map to a constant": """func.func @main(%x: tensor<3xf32>) -> (tensor<3xi32>, tensor<3xf32>) {
  %r = "stablehlo.map"(%x) ({
    ^bb0(%a: tensor<f32>):
      %t = stablehlo.constant dense<7> : tensor<i32>
      stablehlo.return %t : tensor<i32>
  }) {dimensions = array<i64: 0>} : (tensor<3xf32>) -> tensor<3xi32>
  return %r, %x : tensor<3xi32>, tensor<3xf32>
}
""",
}


@pytest.mark.parametrize("name", CONVERTED)
def test_a_module_in_text_is_converted(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(CONVERTED[name])
    inputs = {"x": ("b", 3), "y": ("b", 3)} if "dynamic" in name else None
    result = totfjs.convert(path, tmp_path / "web", inputs=inputs, verify=["cpu", "wasm"])
    assert result.verification.passed, result.verification.failures


def test_a_map_computes_what_its_region_says(tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(MAP)
    totfjs.convert(path, tmp_path / "web", verify="off")
    x, y = np.array([[1, 2, 3], [4, 5, 6]], np.float32), np.full((2, 3), 7, np.float32)
    found = totfjs.run(tmp_path / "web", {"input_0": x, "input_1": y}, backend="cpu")
    np.testing.assert_array_equal(next(iter(found.values())), np.maximum(2 * x, y))


def _body(operations: str, kind: str = "tensor<4xf32>", results: str | None = None) -> str:
    results = results or kind
    return f"func.func @main(%x: {kind}) -> {results} {{\n{operations}\n  return %r : {results}\n}}\n"


REFUSED = {
    "scatter of several arrays": (
        """func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>, %i: tensor<2x1xi32>, %u: tensor<2xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  %r:2 = "stablehlo.scatter"(%x, %y, %i, %u, %u) ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
      stablehlo.return %c, %d : tensor<f32>, tensor<f32>
  }) {scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>} :
    (tensor<4xf32>, tensor<4xf32>, tensor<2x1xi32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}
""",
        "stablehlo.scatter: ",
    ),
    "a wide constant": (INDICES_OF_64_BITS.replace("%d :", "%c :").replace("%i, %d", "%i, %c"), "more than 32 bits"),
    "rng_bit_generator": (
        _body(
            "  %s, %r = stablehlo.rng_bit_generator %x, algorithm = THREE_FRY : "
            "(tensor<2xui64>) -> (tensor<2xui64>, tensor<8xui32>)",
            "tensor<2xui64>", "tensor<8xui32>",
        ),
        "stablehlo.rng_bit_generator: the bits of this generator are XLA's own",
    ),
    "rng": (
        """func.func @main(%a: tensor<f32>, %b: tensor<f32>) -> tensor<3xf32> {
  %s = stablehlo.constant dense<3> : tensor<1xi64>
  %r = stablehlo.rng %a, %b, %s, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}
""",
        "stablehlo.rng: it draws other numbers each time",
    ),
    "an input of 8-bit floats": (_body("  %r = stablehlo.add %x, %x : tensor<4xf8E4M3FN>", "tensor<4xf8E4M3FN>"),
                                 "elements of type f8E4M3FN are not supported"),
    "8-bit floats inside": (
        _body(
            "  %s = stablehlo.convert %x : (tensor<4xf32>) -> tensor<4xf8E4M3FN>\n"
            "  %r = stablehlo.convert %s : (tensor<4xf8E4M3FN>) -> tensor<4xf32>"
        ),
        "f8E4M3FN",
    ),
    "quantized": (
        _body(
            "  %q = stablehlo.uniform_quantize %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.1>>\n"
            "  %r = stablehlo.uniform_dequantize %q : (tensor<4x!quant.uniform<i8:f32, 0.1>>) -> tensor<4xf32>"
        ),
        "is no StableHLO module that can be read",
    ),
    "a token": (
        """func.func @main(%t: !stablehlo.token, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
""",
        "token",
    ),
    "a custom call": (
        _body('  %r = stablehlo.custom_call @my.kernel(%x) : (tensor<4xf32>) -> tensor<4xf32>'), "my.kernel"
    ),
    "4-bit integers": (_body("  %r = stablehlo.add %x, %x : tensor<4xi4>", "tensor<4xi4>"), "type i4"),
    "a tuple": (
        """func.func @main(%x: tensor<4xf32>) -> tuple<tensor<4xf32>> {
  %r = stablehlo.tuple %x : tuple<tensor<4xf32>>
  return %r : tuple<tensor<4xf32>>
}
""",
        "tuple",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_web_model_has_is_refused_by_name(name: str, tmp_path: Path) -> None:
    text, said = REFUSED[name]
    path = tmp_path / "model.mlir"
    path.write_text(text)
    with pytest.raises(TotfjsError) as caught:
        totfjs.convert(path, tmp_path / "web", verify="off")
    assert said in str(caught.value)
    assert caught.value.remedy


# as JAX 0.6 wrote it: the newer XLA that runs the tests takes no factor, so that numpy is what to compare with
SOLVE = """func.func @main(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %c = stablehlo.constant dense<2.0> : tensor<f32>
  %r = stablehlo.custom_call @lapack_strsm_ffi(%a, %b, %c) {mhlo.backend_config =
    {diag = 78 : ui8, side = 76 : ui8, trans_x = 78 : ui8, uplo = 76 : ui8}}
    : (tensor<3x3xf32>, tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}
"""


def test_a_solve_with_a_factor_is_that_of_older_versions(tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(SOLVE)
    totfjs.convert(path, tmp_path / "web", verify="off")
    a, b = np.tril(np.arange(1, 10, dtype=np.float32).reshape(3, 3)), np.arange(6, dtype=np.float32).reshape(3, 2)
    (found,) = totfjs.run(tmp_path / "web", {"input_0": a, "input_1": b}).values()
    np.testing.assert_allclose(found, np.linalg.solve(a, 2 * b), rtol=1e-5, atol=1e-6)
