"""Fourier transforms through real TensorFlow.js against numpy, which computes them in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, run
from totfjs.graph.builder import Builder
from totfjs.graph.dims import Size, symbol
from totfjs.graph.encode import distinct, weights
from totfjs.graph.graph import Graph
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.passes import optimize
from totfjs.recipes import fourier
from totfjs.recipes.complex import Complex, from_real

EXACT = 1e-6
# One matrix, factors, three factors, primes with and without a matrix, a prime times a small number.
LENGTHS = (1, 2, 3, 8, 13, 64, 127, 200, 251, 257, 400, 512, 1000, 1042, 4096, 16384)


def graph_of(kind: str, shape: tuple[Size, ...], axes: int, length: int) -> Graph:
    """Input `real`, and `imag` where the transform is not of real numbers; outputs of the same names."""
    builder = Builder()
    real = builder.input("real", DType.FLOAT32, shape)
    if kind == "rfft":
        found: Any = fourier.rfft(real, axes)
    else:
        x = Complex(real, builder.input("imag", DType.FLOAT32, shape))
        found = fourier.irfft(x, length, axes) if kind == "irfft" else getattr(fourier, kind)(x, axes)
    parts = {"real": found.real, "imag": found.imag} if isinstance(found, Complex) else {"real": found}
    return distinct(optimize(builder.build(parts)))


def expected(kind: str, x: np.ndarray, axes: int, length: int) -> np.ndarray:
    along = tuple(range(x.ndim - axes, x.ndim))
    if kind == "irfft":
        return np.fft.irfftn(x, s=(*x.shape[x.ndim - axes : -1], length), axes=along)
    return getattr(np.fft, f"{kind}n")(x.real if kind == "rfft" else x, axes=along)


def check(engine: Any, backend: str, kind: str, shape: tuple[int, ...], axes: int = 1, length: int = 0) -> None:
    random = np.random.default_rng([*shape, axes])
    parts = {name: random.normal(size=shape).astype(np.float32) for name in ("real", "imag")}
    graph = graph_of(kind, (symbol("b"), *shape[1:]), axes, length)
    found = run(engine, graph, {name: parts[name] for name in graph.inputs}, backend)
    wanted = expected(kind, parts["real"].astype(np.float64) + 1j * parts["imag"], axes, length)
    actual = found["real"] + 1j * found["imag"] if "imag" in found else found["real"]
    assert actual.shape == wanted.shape
    assert abs(actual - wanted).max() <= EXACT * abs(wanted).max()


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("length", LENGTHS)
def test_lines_of_any_length(engine: object, length: int, backend: str) -> None:
    for kind in ("fft", "ifft", "rfft"):
        check(engine, backend, kind, (3, length))
    check(engine, backend, "irfft", (3, length // 2 + 1), 1, length)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_several_axes(engine: object, axes: int, backend: str) -> None:
    for kind in ("fft", "ifft", "rfft"):
        check(engine, backend, kind, (2, 3, 4, 5), axes)
    for length in (8, 9):
        check(engine, backend, "irfft", (2, 3, 4, 5), axes, length)


def test_a_model_holds_the_matrices_of_a_length_once() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 64))
    found = fourier.ifft(fourier.fft(Complex(fourier.rfft(x).real, fourier.rfft(x).imag)))
    graph = optimize(builder.build({"real": found.real, "imag": found.imag}))
    shapes = [array.shape for _, array in weights(graph) if array.shape and 1 not in array.shape]
    assert sorted(shapes) == [(33, 33), (33, 33), (64, 33), (64, 33)]


def test_real_numbers_take_half_of_the_products() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (2, 16))
    found = fourier.fft(from_real(x))
    graph = builder.build({"real": found.real, "imag": found.imag})
    assert sum(node.op == "MatMul" for node in graph) == 2


def test_what_is_real_by_nature_has_no_imaginary_part(engine: Any) -> None:
    x = np.random.default_rng(3).normal(size=(2, 512)).astype(np.float32)
    found = run(engine, graph_of("rfft", (2, 512), 1, 0), {"real": x}, "wasm")
    assert not found["imag"][:, [0, -1]].any()


def test_a_length_that_is_not_known_is_refused() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (2, symbol("t")))
    with pytest.raises(OpError, match="a dim of unknown size, t: a Fourier transform takes a fixed number"):
        fourier.rfft(x)
