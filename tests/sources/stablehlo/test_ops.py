"""Families of operations, exported from JAX and read again, against XLA's own run of the artifact."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case
from tests.sources.stablehlo.harness import check

ODD = np.array([[0.5, -1.5, np.nan, 0.0], [-0.0, np.inf, -np.inf, 2.5]], np.float32)
WORDS = np.array([0, 1, -1, 2**31 - 1, -(2**31), 12345], np.int32)
IMAGE = "float32[b,9,8,4]"
KERNEL = np.random.default_rng(0).normal(size=(3, 3, 4, 6)).astype(np.float32)
SQUARE = np.array([[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]], np.float32)


def _convolved(x: Any, kernel: Any = KERNEL, padding: Any = "SAME", **options: Any) -> Any:
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, padding=padding, dimension_numbers=numbers, **options)


def _scanned(xs: Any, reverse: bool = False) -> Any:
    def step(state: Any, x: Any) -> Any:
        state = jnp.tanh(state + x)
        return state, (state * x, state > 0)

    return lax.scan(step, jnp.zeros(xs.shape[1:]), xs, reverse=reverse)


ROWS = [
    case("arithmetic", lambda x: (x + 1, x * x, -x, x / 3, x**2.5, jnp.abs(x), jnp.sign(x)), ODD),
    case("functions", lambda x: (jnp.exp(x), jnp.tanh(x), jnp.sin(x), jnp.log1p(jnp.abs(x)), lax.rsqrt(x)), ODD),
    case("special", lambda x: (lax.erf(x), lax.erf_inv(x / 9), lax.erfc(x), jax.nn.gelu(x)), "float32[b,5]"),
    case("rounding", lambda x: (jnp.round(x), jnp.floor(x), lax.round(x), jnp.trunc(x), jnp.cbrt(x)), ODD),
    case("comparisons", lambda x: (x < 1, x >= 0, x != x, jnp.where(x > 0, x, 0), jnp.clip(x, -1, 1)), ODD),
    case("integers", lambda x: (x + x, x // 3, x % 7, x >> 2, x << 3, x ^ 5, ~x, lax.population_count(x)), WORDS),
    case("words", lambda x: (x.astype(np.uint32) >> 3, x.astype(np.int8), lax.clz(x), jnp.bitwise_count(x)), WORDS),
    case("casts", lambda x: (x.astype(int), x.astype(bool), x.astype(np.uint8)), "float32[b,3]"),
    case("bits", lambda x: lax.bitcast_convert_type(x, np.int32), ODD),
    case("shapes", lambda x: (x.T, x[::-1], x.reshape(-1), x[:, None], jnp.tile(x, 2), x[1:3]), "float32[4,6]"),
    case("dynamic-shapes", lambda x: (x.reshape(-1, 3), x[:, ::2], x[1:], jnp.arange(x.shape[1]), x.mean()),
         "float32[b,t,3]"),
    case("divided", lambda x: x.reshape(x.shape[0], x.shape[1] // 2, 2, 3).sum(2), "float32[b,2*t,3]"),
    case("padded", lambda x: lax.pad(x, np.float32(1), ((1, 2, 1), (-1, 0, 0))), "float32[b,5]"),
    case("reductions", lambda x: (x.sum(0), x.max(1), x.min(), x.prod(1), (x > 0).any(0), (x > 0).all(1)),
         "float32[b,5]"),
    case("reductions-odd", lambda x: (x.max(0), x.min(1), jnp.argmax(x, 1), jnp.argmin(x, 0)), ODD),
    case("places", lambda x: (jnp.argmax(x, 1), jnp.argmin(x, -1), jnp.argmax(x)), "float32[b,4,5]"),
    case("norms", lambda x: (jnp.linalg.norm(x), jax.nn.softmax(x), x.std(0), jax.nn.logsumexp(x, 1)), "float32[b,5]"),
    case("sorts", lambda x: (jnp.sort(x), jnp.argsort(x), jnp.sort(x, descending=True)), ODD),
    case("sort-keys", lambda x: lax.sort((jnp.round(x), x * 2, x), num_keys=2), "float32[3,8]"),
    case("top-k", lambda x: lax.top_k(x, 3), "float32[b,7]"),
    case("approximate", lambda x: (lax.approx_max_k(x, 3), lax.approx_min_k(x, 2)), "float32[2,7]"),
    case("running", lambda x: (jnp.cumsum(x, 1), jnp.cumprod(x, 0), lax.cummax(x, 1, reverse=True)), "float32[b,6]"),
    case("running-logs", lambda x: lax.cumlogsumexp(x, 1), "float32[2,6]"),
    case("gathers", lambda x, i: (x[i], x[0, i], jnp.take(x, i, axis=1), x[:, i, i]), "float32[4,5,6]",
         np.array([3, 0, -1])),
    case("gathers-out", lambda x, i: (x[i], x.at[i].get(mode="clip")), "float32[3,2]", np.array([5, -9, 1], np.int32)),
    case("scatters", lambda x, i: (x.at[i].set(1.0), x.at[i].add(2.0), x.at[i].max(0.5)), "float32[6,2]",
         np.array([5, 1, 9])),
    case("slices", lambda x, i: lax.dynamic_slice(x, (0, i), (2, 3)), "float32[4,7]", np.array(6, np.int32)),
    case("slices-dynamic", lambda x, i: lax.dynamic_slice_in_dim(x, i, 2, 1), "float32[b,t+1]", np.array(1, np.int32)),
    case("updates", lambda x, i: lax.dynamic_update_slice(x, jnp.ones((2, 2)), (i, -1)), "float32[4,7]",
         np.array(9, np.int32)),
    case("dots", lambda x, y: (x @ y, jnp.einsum("bij,bjk->kbi", x, y)), "float32[b,4,5]", "float32[b,5,3]"),
    case("dots-halves", lambda x: (x.astype(jnp.bfloat16) @ x.T.astype(jnp.bfloat16)), "float32[3,4]", tolerance=2e-2),
    case("convolution", partial(_convolved, window_strides=(1, 1)), IMAGE),
    case("convolution-strided", partial(_convolved, window_strides=(2, 1), rhs_dilation=(1, 2)), IMAGE),
    case("convolution-transposed",
         partial(_convolved, window_strides=(1, 1), padding=((1, 1), (2, 1)), lhs_dilation=(2, 2)), IMAGE),
    case("convolution-groups",
         partial(_convolved, kernel=KERNEL[:, :, :2], window_strides=(1, 1), feature_group_count=2), IMAGE),
    case("pools", lambda x: (lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME"),
                             lax.reduce_window(x, 0.0, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), "VALID")), IMAGE),
    case("pool-dynamic", lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 2), (1, 2), "SAME"), "float32[b,t]"),
    case("pool-back", jax.grad(lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (2,), (2,), "VALID").sum()),
         "float32[8]"),
    case("cond", lambda x: lax.cond(x.sum() > 0, jnp.sin, jnp.cos, x), "float32[b,3]"),
    case("switch", lambda i, x: lax.switch(i, [jnp.sin, jnp.cos, jnp.tanh], x), np.array(7, np.int32), "float32[3]"),
    case("while", lambda x: lax.while_loop(lambda s: s.sum() < 100, lambda s: s * 2 + 1, jnp.abs(x)), "float32[3]"),
    case("fori", lambda x: lax.fori_loop(0, 5, lambda i, s: s * 1.5 + i, x), "float32[b,3]"),
    case("scan", _scanned, "float32[4,b,3]"),
    case("scan-reverse", partial(_scanned, reverse=True), "float32[4,2]"),
    case("scan-dynamic", _scanned, "float32[t,b,3]"),
    case("map", lambda xs: lax.map(lambda x: x @ x.T, xs), "float32[3,2,4]"),
    case("fft", lambda x: (jnp.abs(jnp.fft.fft(x)), jnp.fft.irfft(jnp.fft.rfft(x))), "float32[2,8]"),
    case("complex", lambda x: (lax.complex(x, x + 1) * (2 - 1j)).imag, "float32[b,3]"),
    case("cholesky", jnp.linalg.cholesky, SQUARE, tolerance=1e-5),
    case("solve", lambda a, b: (jnp.linalg.solve(a, b), jnp.linalg.det(a)), SQUARE, "float32[3,2]", tolerance=1e-5),
    case("eigenvalues", jnp.linalg.eigvalsh, SQUARE, tolerance=1e-5),
    case("random", lambda x: x + jax.random.normal(jax.random.key(3), (5, 3)), "float32[b,5,3]"),
    case("map-batched", jax.vmap(lambda x, i: x[i]), "float32[b,5]", "int32[b]"),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_operation(engine: Any, row: Case, backend: str) -> None:
    check(engine, row, backend)
