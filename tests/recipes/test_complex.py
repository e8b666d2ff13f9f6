"""Functions of complex numbers against numpy in double precision, through TensorFlow.js."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import run
from totfjs.graph.builder import Builder
from totfjs.graph.types import DType
from totfjs.recipes import complex_functions as functions
from totfjs.recipes.complex import Complex, divide

SIZES = (1e-3, 0.4, 1.0, 3.0, 20.0)


def complex_of(real: Any, imag: Any) -> np.ndarray:
    """Complex numbers from parts, of which one may be infinite or NaN."""
    whole = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), np.complex64)
    whole.real, whole.imag = real, imag
    return whole


def of_all_sizes() -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([
        complex_of(random.normal(size=40) * a, random.normal(size=40) * b).astype(np.complex64)
        for a in SIZES
        for b in SIZES
    ])  # fmt: skip


def computed(engine: Any, backend: str, function: Callable[..., Any], *operands: np.ndarray) -> np.ndarray:
    builder = Builder(("cpu", "wasm", "webgl", "webgpu"))
    parts = {f"{part}{at}": np.array(getattr(x, part)) for at, x in enumerate(operands) for part in ("real", "imag")}
    tensors = [builder.input(name, DType.FLOAT32, x.shape) for name, x in parts.items()]
    result = function(*(Complex(*tensors[at : at + 2]) for at in range(0, len(tensors), 2)))
    if not isinstance(result, Complex):
        return run(engine, builder.build({"real": result}), parts, backend)["real"]
    found = run(engine, builder.build({"real": result.real, "imag": result.imag}), parts, backend)
    return complex_of(found["real"], found["imag"])


def log1p(z: np.ndarray) -> np.ndarray:
    return 0.5 * np.log1p(z.real * (z.real + 2) + z.imag**2) + 1j * np.angle(1 + z)


EXACT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "modulus": np.abs, "sign": lambda z: z / np.abs(z), "sqrt": np.sqrt, "rsqrt": lambda z: 1 / np.sqrt(z),
    "square": np.square, "reciprocal": lambda z: 1 / z, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1,
    "log": np.log, "log1p": log1p, "logistic": lambda z: 1 / (1 + np.exp(-z)), "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
}  # fmt: skip


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize("name", EXACT)
def test_a_function_is_accurate_all_over_the_plane(engine: Any, name: str, backend: str) -> None:
    z = of_all_sizes()
    exact = EXACT[name](z.astype(np.complex128))
    error = np.abs(computed(engine, backend, getattr(functions, name), z) - exact)
    # beside a zero the sine and cosine of the runtime keep absolute digits, not relative ones
    assert np.max(error / np.maximum(np.abs(exact), 0.05)) < (2e-5 if name == "exp2" else 4e-6)


# On a cut -0 counts as 0, as it does in JAX.
ON_CUTS = [
    ("sqrt", [-4, complex(-4, -0.0)], [2j, 2j]),
    ("log", [-1, complex(-1, -0.0)], [np.pi * 1j, -np.pi * 1j]),
    ("asin", [2, -2], [np.pi / 2 + 1.316957897j, -np.pi / 2 + 1.316957897j]),
    ("acos", [2, -2], [-1.316957897j, np.pi - 1.316957897j]),
    ("acosh", [-2, 0.5], [1.316957897 + np.pi * 1j, np.pi / 3 * 1j]),
    ("atanh", [2, -2], [0.5493061443 + np.pi / 2 * 1j, -0.5493061443 + np.pi / 2 * 1j]),
    ("asinh", [2j, -2j], [1.316957897 + np.pi / 2 * 1j, 1.316957897 - np.pi / 2 * 1j]),
    ("sign", [0, 3j], [0, 1j]),
]


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize(("name", "points", "values"), ON_CUTS)
def test_a_cut_belongs_to_one_of_its_sides(engine: Any, name: str, points: Any, values: Any, backend: str) -> None:
    z = np.array(points, np.complex64)
    np.testing.assert_allclose(computed(engine, backend, getattr(functions, name), z), values, rtol=1e-5, atol=1e-6)


FAR = [
    ("modulus", 3e38 + 1e38j, 3.1622776e38),
    ("modulus", 3e-30 + 4e-30j, 5e-30),
    ("modulus", complex(-np.inf, 1), np.inf),
    ("sqrt", 3e38 + 3e38j, 1.9029759e19 + 7.8823843e18j),
    ("log", 3e38 + 3e38j, 88.943 + np.pi / 4 * 1j),
    ("exp", 89 + 1.5j, complex(3.1757951e37, np.inf)),
    ("asin", 1e30 + 1e30j, np.pi / 4 + 70.11727j),
    ("acos", complex(np.inf, 0), complex(0, -np.inf)),
    ("atanh", 1e30 + 1e30j, 5e-31 + np.pi / 2 * 1j),
    ("tanh", complex(np.inf, 1), 1),
    ("tanh", 60 + 1j, 1),
    ("logistic", -80 + 1j, np.exp(-80 + 1j)),
    ("log1p", 1e-6 + 1e-6j, 1e-6 + 1e-6j),
]


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
@pytest.mark.parametrize(("name", "point", "value"), FAR)
def test_large_and_small_numbers_lose_nothing(engine: Any, name: str, point: Any, value: Any, backend: str) -> None:
    found = computed(engine, backend, getattr(functions, name), np.array([point], np.complex64))[0]
    np.testing.assert_allclose([found.real, found.imag], [np.real(value), np.imag(value)], rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_a_quotient_of_large_or_small_numbers_is_finite(engine: Any, backend: str) -> None:
    a = np.array([1e30 + 1e30j, 1e-30j, 1, 1e38 + 1e38j], np.complex64)
    b = np.array([1e30 - 1e30j, 2e-30, complex(np.inf, 0), 3e38 + 3e38j], np.complex64)
    np.testing.assert_allclose(computed(engine, backend, divide, a, b), [1j, 0.5j, 0, 1 / 3], rtol=1e-5)
