"""Primitives of complex numbers against JAX, on backends with and without a dtype for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import totfjs
from tests.sources.jax.harness import RUN_ON, Case, case, check
from totfjs.errors import UnsupportedError
from totfjs.sources import jax as source

c64, f32 = np.complex64, np.float32
ODD = np.array([0, 1, -1, 2.5j, np.inf, complex(-1, np.inf), complex(np.nan, 1), 1e30 + 1e30j, -0.5], c64)
X = (np.arange(24).reshape(4, 6) - 7 + 1j * (np.arange(24)[::-1].reshape(4, 6) % 5)).astype(c64) / 4
TIES = np.array([1 + 2j, 1 + 1j, -3j, 1 + 2j, -1 + 5j, 0], c64)
PLACES = np.array([3, 1, 3, 9], np.int32)


def converted(x: Any, kind: Any) -> Any:
    """Without the warning that the imaginary part is lost."""
    return lax.convert_element_type_p.bind(x, new_dtype=np.dtype(kind), weak_type=False, sharding=None)


MOVES = [
    case("shapes", lambda x: jnp.stack([x.T.reshape(3, 2, 4), x[::-1].T.reshape(3, 2, 4)]), X),
    case("tiles and pads", lambda x: lax.pad(jnp.tile(x, (2, 1)), c64(1 + 2j), [(1, 0, 1), (-1, 2, 0)]), X),
    case("joins", lambda x: jnp.concatenate([x, x * 1j, jnp.zeros((0, 6), c64)]), X),
    case("splits", lambda x: jnp.split(x, 2), X),
    case("chooses", lambda x: jnp.where(x.real > 0, x, jnp.conj(x)), X),
    case("reads", lambda x, i: jnp.take(x, i, axis=0, mode="fill"), X, PLACES),
    case("reads at", lambda x, i: lax.dynamic_slice(x, (i[0], i[1]), (2, 3)), X, PLACES),
    case("writes at", lambda x, i: lax.dynamic_update_slice(x, x[:1, :2] * 2, (i[0], i[1])), X, PLACES),
    case("writes", lambda x, i: x.at[i].set(x[:4] * 1j, mode="drop"), X, PLACES[1:3].repeat(2)),
    case("adds at", lambda x, i: x.at[i].add(x), X, PLACES),
    case("counts", lambda x: lax.broadcasted_iota(c64, x.shape, 1) + x, "complex64[b,3]"),
    case("sums", lambda x: (x.sum(0), x.mean(), jnp.cumsum(x, 1), -x), X),
    case("sums of windows", lambda x: lax.reduce_window(x, 0j, lax.add, (2, 2), (1, 1), "SAME"), X),
]  # fmt: skip

ARITHMETIC = [
    case("products", lambda x: (x * (2 - 1j), x / (1 + x), x**3, x**-2, x**0, x**2.5, 2**x), X),
    case("quotients", lambda x, y: x / y, ODD, ODD[::-1].copy(), tolerance=1e-5),
    case("distances", lambda x: (jnp.abs(x), jnp.angle(x), jnp.sign(x)), X),
    case("equals", lambda x, y: (x == y, x != y), TIES, TIES[::-1].copy()),
    case("parts", lambda x: (x.real, x.imag, jnp.conj(x.real), lax.complex(x.imag, x.real)), ODD),
    case("to others", lambda x: [converted(x, kind) for kind in (bool, f32, np.int32, c64)], X),
    case("from others", lambda a, b, c: [x.astype(c64) for x in (a, b, c)], X.real, PLACES, X.imag > 1),
    case("bits", lambda x: lax.bitcast_convert_type(x, c64), X),
    case("many dims", lambda x: jnp.exp(x) / jnp.tanh(x[:, :1] + 1), X.reshape(2, 1, 2, 1, 3, 2)),
    case("with dynamic dims", lambda x, y: jnp.sqrt(x) * y + 1j, "complex64[b,1]", "complex64[1,t]"),
]  # fmt: skip

CONTRACTIONS = [
    case("matrices", lambda x, y: x @ y, X, X.T.copy(), tolerance=1e-5),
    case("with reals", lambda x, y: (x @ y, y.astype(f32) @ x.T), X, np.arange(36, dtype=np.int32).reshape(6, 6)),
    case("inner products", lambda x: jax.vmap(jnp.vdot)(x, x), "complex64[b,5]", tolerance=1e-5),
    case("convolution", lambda x: lax.conv(x, x[:, :, :2, :2] * 1j, (1, 1), "SAME"), X.reshape(1, 2, 3, 4)),
]  # fmt: skip

ORDERS = [
    case("extremes", lambda x, y: (jnp.maximum(x, y), jnp.minimum(x, y[0])), TIES, TIES[::-1].copy()),
    case("totals", lambda x: (x.max(1), x.min(), x.prod(0), jnp.prod(x)), X),
    case("totals of dynamic dims", lambda x: (x.max(1), x.prod(1)), "complex64[b,5]"),
    case("running", lambda x: (lax.cumprod(x, 1), lax.cummax(x, 0, reverse=True), lax.cummin(x)), X),
    case("sorted", lambda x: (jnp.sort(x), *lax.sort((x, jnp.arange(6)), num_keys=1)), TIES),
    case("windows of products", lambda x: lax.reduce_window(x, 2 + 1j, lax.mul, (2, 3), (1, 2), "VALID"), X),
    case("windows of extremes", lambda x: lax.reduce_window(x, 0j, lax.max, (2, 3), (2, 1), "SAME"), X),
    case("by a sum", lambda x: lax.reduce(x, c64(3j), lax.add, (0,)), X),
    case("by a function", lambda x: lax.reduce(x, c64(1), lambda a, b: a * b + a + b, (0,)), X, tolerance=1e-5),
    case("multiplied at", lambda x, i: x.at[i].multiply(x, mode="drop"), X, PLACES),
    case("largest at", lambda x, i: (x.at[i, 1].max(x[:, 0]), x.at[i, 2].min(x[:, 1])), X, PLACES),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", [*MOVES, *ARITHMETIC, *CONTRACTIONS, *ORDERS], ids=str)
def test_primitives(engine: Any, row: Case, backend: str) -> None:
    check(engine, row, backend)


def unrolled(x: Any) -> Any:
    return lax.scan(lambda c, row: (c * row + 0.1j, {"seen": c - row, "size": jnp.abs(row)}), jnp.ones(3, c64), x)


def until(x: Any) -> Any:
    return lax.while_loop(lambda state: jnp.abs(state[0]).max() < 10, lambda s: (s[0] * (1 + 1j), s[1] + 1), (x, 0))


def batched(x: Any) -> Any:
    return jax.vmap(lambda z: lax.while_loop(lambda s: jnp.abs(s) < 5, lambda s: s * (1.5j) + 1, z))(x)


def solved(a: Any, b: Any) -> Any:
    return lax.custom_linear_solve(lambda x: a * x, b, lambda _, b: b / a)


def branched(index: Any, x: Any) -> Any:
    return lax.switch(index, [lambda x: x * x, jnp.conj, lambda x: x.real + 0j], x)


def costly(index: Any, x: Any) -> Any:
    """A branch which has to be taken or not, since it may take long."""
    return lax.cond(index > 0, lambda x: until(x)[0], jnp.conj, x)


LOOPS = [
    case("unrolled scan", unrolled, "complex64[4,3]"),
    case("scan of frames", unrolled, "complex64[t,3]"),
    case("scan of constants", lambda x: lax.scan(lambda c, row: (c + row, row * x), 0j, TIES), "complex64[b]"),
    case("while", until, np.array([1 + 1j, 0.1, -0.5j], c64)),
    case("batch of whiles", batched, np.array([1 + 1j, 0.1, 6], c64)),
    case("fori", lambda x, n: lax.fori_loop(0, n, lambda i, c: c * x + i, x), "complex64[b,2]", np.int32(3)),
    case("branches", branched, np.int32(1), "complex64[b]"),
    case("branches of which one runs", costly, np.int32(1), np.array([1 + 1j, 0.1], c64)),
    case("solve", solved, np.array([1 + 1j, 2], c64), np.array([1j, 4], c64)),
    case("inlined", lambda x: jax.checkpoint(lambda z: jnp.exp(1j * z) * jnp.conj(z))(x), "float32[b,3]"),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", LOOPS, ids=str)
def test_structures(engine: Any, row: Case, backend: str) -> None:
    check(engine, row, backend)


def test_both_parts_are_inputs_and_outputs(tmp_path: Path) -> None:
    function = lambda z: {"turned": z * 1j, "size": jnp.abs(z)}  # noqa: E731
    result = totfjs.convert(function, tmp_path / "web", inputs={"z": "complex64[b,8]"})
    assert result.verification.passed
    assert result.verification.backends == ("cpu", "wasm")
    assert [str(each) for each in (*result.inputs, *result.outputs)] == [
        "z.real: float32[b, 8]",
        "z.imag: float32[b, 8]",
        "turned.real: float32[b, 8]",
        "turned.imag: float32[b, 8]",
        "size: float32[b, 8]",
    ]
    assert "Input z: complex64 is fed as two float32 arrays, z.real and z.imag." in result.notes
    assert "Output turned: complex64 is given as two float32 arrays, turned.real and turned.imag." in result.notes


def layer(weights: Mapping[str, Any], x: Any) -> Any:
    return {"y": (x @ weights["kernel"] + weights["bias"]).real, "spectrum": jnp.linalg.norm(weights["kernel"])}


def test_weights_are_two_constants_each(tmp_path: Path) -> None:
    weights = {"kernel": X[:3, :4], "bias": X[0, :4].astype(np.complex128)}
    result = totfjs.convert(layer, tmp_path / "web", inputs={"x": ("b", 3)}, weights=weights)
    assert result.verification.passed
    stored = source.load(layer, inputs={"x": ("b", 3)}, weights=weights).graph()
    names = {node.name for node in stored if node.op == "Const"}
    assert {"weights/kernel.real", "weights/kernel.imag", "weights/bias.real"} <= names
    assert "weights/bias.imag" not in names  # nobody asks for it


def test_what_has_no_recipe_is_computed_from_weights() -> None:
    """Eigenvalues of weights are there when the model is written."""
    model = source.load(lambda w, x: jnp.linalg.eigvals(w) * x, inputs={"x": ("b", 2)}, weights=X[:2, :2])
    graph = model.graph()
    assert "eig" in " ".join(node.name for node in graph if node.op == "Const")


def test_no_tensor_of_the_graph_is_complex() -> None:
    graph = source.load(lambda z: jnp.sort(z) * 1j + jnp.eye(3), inputs={"z": "complex64[3,3]"}).graph()
    assert {kind.dtype.value for node in graph for kind in node.types} <= {"float32", "int32", "bool"}


def differences(z: Any) -> Any:
    return lax.reduce_window(z, 0j, lambda a, b: a - b, (2,), (1,), "VALID")


REFUSED = [
    (lax.cumprod, "complex64[b]", "cumprod: of complex numbers, the length b of the axis has to be known"),
    (differences, "complex64[4]", "reduce_window: a reduction by a function other than a sum"),
    (lambda z: lax.atan2(z, z), "complex64[4]", "atan2: totfjs has no lowering for this primitive of complex numbers"),
]


@pytest.mark.parametrize(("function", "spec", "text"), REFUSED)
def test_what_is_refused_says_why(function: Any, spec: str, text: str) -> None:
    with pytest.raises(UnsupportedError, match=text):
        source.load(function, inputs={"z": spec}).graph()
