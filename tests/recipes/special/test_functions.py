from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from tests.recipes.special.accuracy import assert_accurate, computed, f32, sweep
from totfjs.recipes.special import bessel, error, exponential, gamma, incomplete

RUN_ON = ("cpu", "wasm")
ALL = sweep(-np.inf, np.inf)
MISSING = np.array([np.nan, 1.0, np.nan], f32)

# Function, truth, operand, the error allowed in units of the last place.
ROWS: dict[str, tuple[Callable[..., Any], Callable[..., Any], np.ndarray, float]] = {
    "erf": (error.erf, special.erf, ALL, 6),
    "erfc": (error.erfc, special.erfc, sweep(-np.inf, 4), 24),
    "erfc-tail": (error.erfc, special.erfc, sweep(4, np.inf), 80),
    "erf_inv": (error.erf_inv, special.erfinv, sweep(-1, 1), 5),
    "log1p": (exponential.log1p, np.log1p, ALL, 3),
    "sine": (exponential.sine, np.sin, sweep(-1e30, 1e30), 4),
    "area_sine": (exponential.area_sine, np.arcsinh, ALL, 3),
    "cube_root": (exponential.cube_root, np.cbrt, ALL, 3),
    "sign": (exponential.sign, np.sign, ALL, 0),
    "bessel_i0e": (bessel.bessel_i0e, special.i0e, ALL, 6),
    "bessel_i1e": (bessel.bessel_i1e, special.i1e, ALL, 7),
    "lgamma": (gamma.lgamma, special.gammaln, sweep(0, np.inf), 6),
    "digamma": (gamma.digamma, special.digamma, sweep(1e-37, np.inf), 6),
}


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("name", ROWS)
def test_a_few_units_in_the_last_place(engine: Any, name: str, backend: str) -> None:
    function, truth, operand, most = ROWS[name]
    assert_accurate(engine, function, truth, backend, operand, most=most)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("name", ROWS)
def test_nan_stays_nan_and_touches_nothing_else(engine: Any, name: str, backend: str) -> None:
    result = computed(engine, ROWS[name][0], backend, MISSING)
    assert np.isnan(result).tolist() == [True, False, True]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize(
    ("function", "truth"), [(exponential.sine, np.sin), (exponential.cosine, np.cos)], ids=["sine", "cosine"]
)
def test_angles_of_any_size(engine: Any, function: Any, truth: Any, backend: str) -> None:
    angles = sweep(-1e35, 1e35)
    actual = computed(engine, function, backend, angles)
    np.testing.assert_allclose(actual, truth(angles.astype(np.float64)), rtol=0, atol=3e-7)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize(("function", "truth"), [(gamma.lgamma, special.gammaln), (gamma.digamma, special.digamma)])
def test_reflection(engine: Any, function: Any, truth: Any, backend: str) -> None:
    """Near a pole the size of the result counts, near a zero that of what cancels."""
    points = np.linspace(-12, 0, 4001).astype(f32)
    points = points[points != np.round(points)]
    expected = truth(points.astype(np.float64))
    actual = computed(engine, function, backend, points)
    assert (abs(actual - expected) <= 4e-6 + 1e-6 * abs(expected)).all()


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("spread", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("sizes", [(1e-3, 20), (20, 300), (300, 1e5)], ids=["small", "middle", "large"])
def test_incomplete_gamma_for_all_shapes(engine: Any, sizes: tuple[float, float], spread: float, backend: str) -> None:
    random = np.random.default_rng(0)
    a = np.exp(random.uniform(*np.log(sizes), 500)).astype(f32)
    x = (a * np.exp(spread * random.normal(size=500))).astype(f32)
    for function, truth in ((incomplete.igamma, special.gammainc), (incomplete.igammac, special.gammaincc)):
        expected = truth(a.astype(np.float64), x.astype(np.float64))
        actual = computed(engine, function, backend, a, x)
        tail = (expected > 1e-30) & ((x > a) | (truth is special.gammainc))
        assert (abs(actual - expected) <= 3e-6).all()
        assert (abs(actual - expected)[tail] <= 4e-5 * expected[tail]).all()


@pytest.mark.parametrize("backend", RUN_ON)
def test_incomplete_beta(engine: Any, backend: str) -> None:
    random = np.random.default_rng(0)
    a, b = np.exp(random.uniform(np.log(1e-3), np.log(1e4), (2, 1000))).astype(f32)
    x = random.uniform(0, 1, 1000).astype(f32)
    expected = special.betainc(*(item.astype(np.float64) for item in (a, b, x)))
    np.testing.assert_allclose(computed(engine, incomplete.betainc, backend, a, b, x), expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("backend", RUN_ON)
def test_small_upper_gamma_functions_keep_their_digits(engine: Any, backend: str) -> None:
    a, x = (
        item.reshape(-1).astype(f32) for item in np.meshgrid(np.logspace(-6, -0.01, 25), np.logspace(-6, -0.01, 25))
    )
    expected = special.gammaincc(a.astype(np.float64), x.astype(np.float64))
    np.testing.assert_allclose(computed(engine, incomplete.igammac, backend, a, x), expected, rtol=5e-6)


@pytest.mark.parametrize("backend", RUN_ON)
def test_zeta_and_polygamma(engine: Any, backend: str) -> None:
    random = np.random.default_rng(0)
    x, q = (1 + np.exp(random.uniform(-4, 3, 500))).astype(f32), np.exp(random.uniform(-3, 6, 500)).astype(f32)
    expected = special.zeta(x.astype(np.float64), q.astype(np.float64))
    seen = (expected > 1e-37) & (expected < 1e38)
    np.testing.assert_allclose(computed(engine, gamma.zeta, backend, x, q)[seen], expected[seen], rtol=3e-6)
    order = random.integers(0, 9, 500)
    expected = special.polygamma(order, q.astype(np.float64))
    actual = computed(engine, gamma.polygamma, backend, order.astype(f32), q)
    assert (abs(actual - expected) <= 3e-6 * abs(expected) + 5e-7 * (order == 0)).all()


@pytest.mark.parametrize("backend", RUN_ON)
def test_more_dims_than_a_gpu_indexes_and_operands_that_broadcast(engine: Any, backend: str) -> None:
    a = np.linspace(0.5, 3, 4).astype(f32).reshape(1, 2, 1, 1, 1, 2, 1)
    x = np.linspace(0.1, 6, 6).astype(f32).reshape(2, 1, 3, 1, 1, 1, 1)
    np.testing.assert_allclose(computed(engine, incomplete.igamma, backend, a, x), special.gammainc(a, x), rtol=1e-5)
    np.testing.assert_allclose(computed(engine, error.erf, backend, x), special.erf(x), rtol=1e-6)


# What is larger than this is computed on the GPU, not by the kernels of the processor.
LARGE = np.resize(np.outer(np.arange(-9, 10) * np.pi, [1, 1 - 1e-7, 1 + 1e-7, 1 + 1e-3]).astype(f32), 1200)


@pytest.mark.parametrize("backend", ["webgl", "webgpu"])
@pytest.mark.parametrize(("function", "truth"), [(exponential.sine, np.sin), (exponential.cosine, np.cos)])
def test_angles_at_which_the_tangent_is_infinite_on_gpus(
    engine: Any, function: Callable[..., Any], truth: Callable[..., Any], backend: str
) -> None:
    actual = computed(engine, function, backend, LARGE)
    np.testing.assert_allclose(actual, truth(LARGE.astype(np.float64)), rtol=0, atol=2.0**-11)


@pytest.mark.parametrize("backend", ["webgl", "webgpu"])
def test_asinh_of_numbers_far_below_zero_on_gpus(engine: Any, backend: str) -> None:
    numbers = np.concatenate([-np.logspace(-3, 18, 1200), np.logspace(-3, 18, 100)]).astype(f32)
    actual = computed(engine, exponential.area_sine, backend, numbers)
    np.testing.assert_allclose(actual, np.arcsinh(numbers.astype(np.float64)), rtol=1e-6, atol=1e-6)
