from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32


def _conv(label: str, x: str, kernel: str, **options: object) -> Case:
    names = {5: "NDHWC", 4: "NHWC", 3: "NHC"}
    rank = x.count(",") + 1
    numbers = options.pop("dimension_numbers", (names[rank], {5: "DHWIO", 4: "HWIO", 3: "HIO"}[rank], names[rank]))
    options = {"window_strides": (1,) * (rank - 2), "padding": "SAME", "dimension_numbers": numbers, **options}
    return case(label, lambda a, w: lax.conv_general_dilated(a, w, **options), x, kernel, tolerance=1e-5)


CONVOLUTIONS = [
    _conv("same", "float32[b,7,6,3]", "float32[3,2,3,4]"),
    _conv("valid-strides", "float32[b,7,7,3]", "float32[3,3,3,4]", padding="VALID", window_strides=(2, 2)),
    _conv("same-strides", "float32[b,7,8,3]", "float32[3,3,3,4]", window_strides=(2, 2)),
    _conv("explicit", "float32[b,7,7,3]", "float32[3,3,3,4]", padding=((2, 0), (1, 3))),
    _conv("negative", "float32[b,7,7,3]", "float32[3,3,3,4]", padding=((-1, 2), (0, -2))),
    _conv("dilated", "float32[b,9,9,3]", "float32[3,3,3,4]", rhs_dilation=(2, 2)),
    _conv("dilated-strides", "float32[b,9,9,3]", "float32[3,3,3,4]", rhs_dilation=(2, 2), window_strides=(2, 2)),
    _conv("unequal-strides", "float32[b,9,9,3]", "float32[3,3,3,4]", window_strides=(2, 1)),
    _conv("depthwise", "float32[b,6,6,4]", "float32[3,3,1,4]", feature_group_count=4),
    _conv("depthwise-double", "float32[b,6,6,4]", "float32[3,3,1,8]", feature_group_count=4, window_strides=(2, 2)),
    _conv("groups", "float32[b,6,6,4]", "float32[3,3,2,6]", feature_group_count=2),
    _conv("spread", "float32[b,4,4,3]", "float32[3,3,3,4]", lhs_dilation=(2, 2), padding=((1, 2), (2, 1))),
    _conv("nchw", "float32[b,3,6,6]", "float32[4,3,3,3]", dimension_numbers=("NCHW", "OIHW", "NCHW")),
    _conv("any-size", "float32[b,4*h,4*h,3]", "float32[3,3,3,4]", window_strides=(2, 2)),
    _conv("line", "float32[b,9,3]", "float32[3,3,4]"),
    _conv("line-strides", "float32[b,9,3]", "float32[3,3,4]", window_strides=(2,)),
    _conv("causal", "float32[b,9,3]", "float32[3,3,4]", padding=((4, 0),), rhs_dilation=(2,)),
    _conv("volume", "float32[b,4,5,4,2]", "float32[2,3,2,2,3]"),
    _conv("volume-strides", "float32[b,5,5,4,2]", "float32[3,3,2,2,3]", window_strides=(2, 2, 2)),
]
POOLS = [
    case("max", lambda a: nn.max_pool(a, (2, 2), (2, 2)), "float32[b,6,6,3]"),
    case("max-same", lambda a: nn.max_pool(a, (3, 3), (2, 2), "SAME"), "float32[b,7,8,3]"),
    case("max-padded", lambda a: nn.max_pool(a, (3, 3), (2, 2), ((1, 1), (1, 1))), "float32[b,7,8,3]"),
    case("max-any-size", lambda a: nn.max_pool(a, (3, 3), (2, 2), "SAME"), "float32[b,4*h,4*h,3]"),
    case(
        "min", lambda a: lax.reduce_window(a, jnp.inf, lax.min, (1, 2, 2, 1), (1, 1, 2, 1), "SAME"), "float32[b,6,6,3]"
    ),
    case("average", lambda a: nn.avg_pool(a, (2, 3), (2, 2)), "float32[b,6,6,3]"),
    case("average-same", lambda a: nn.avg_pool(a, (3, 3), (2, 2), "SAME"), "float32[b,7,7,3]"),
    case(
        "average-inside", lambda a: nn.avg_pool(a, (3, 3), (2, 2), "SAME", count_include_pad=False), "float32[b,7,7,3]"
    ),
    case("line", lambda a: nn.max_pool(a, (3,), (2,)), "float32[b,9,3]"),
    case("volume", lambda a: nn.max_pool(a, (2, 2, 2), (2, 2, 2)), "float32[b,4,4,4,2]"),
    case("first-axes", lambda a: lax.reduce_window(a, -jnp.inf, lax.max, (2, 2), (1, 1), "VALID"), "float32[5,6]"),
    case("int", lambda a: lax.reduce_window(a, -99, lax.max, (1, 2), (1, 2), "VALID"), np.arange(12).reshape(3, 4)),
    case(
        "dilated",
        lambda a: lax.reduce_window(a, 0.0, lax.add, (1, 2, 2), (1, 1, 2), "VALID", window_dilation=(1, 2, 1)),
        "float32[b,5,6]",
    ),
]


def _image(*shape: int) -> np.ndarray:
    """Numbers among which are NaN of both signs and infinities of both signs, alone and together."""
    image = np.random.default_rng(5).normal(size=shape).astype(f32)
    for value, step in ((np.nan, 29), (-np.nan, 31), (np.inf, 13), (-np.inf, 11)):
        image.reshape(-1)[step // 2 :: step] = value
    return image


WITHOUT_NUMBERS = np.array([-np.inf, -np.inf, np.nan, -np.inf, 1, np.inf, np.inf, -np.inf, 0, -0.0], f32)
MONOIDS = {"max": (-np.inf, lax.max), "min": (np.inf, lax.min), "sum": (0.0, lax.add), "prod": (1.0, lax.mul)}


def _over(kind: str, window: tuple[int, ...], strides: tuple[int, ...], padding: object, **options: object) -> object:
    start, combine = MONOIDS[kind]
    return lambda a: lax.reduce_window(a, start, combine, window, strides, padding, **options)


NAN = [
    *(
        case(f"{kind}-{label}", _over(kind, window, strides, padding, **options), _image(*shape))
        for kind in MONOIDS
        for label, shape, window, strides, padding, options in (
            ("square", (2, 6, 7, 3), (1, 2, 2, 1), (1, 2, 2, 1), "VALID", {}),
            ("overlapping", (2, 7, 8, 3), (1, 3, 3, 1), (1, 2, 2, 1), "SAME", {}),
            ("padded", (2, 7, 8, 3), (1, 3, 3, 1), (1, 2, 2, 1), ((0, 0), (1, 2), (2, 1), (0, 0)), {}),
            ("beyond", (2, 5, 3), (1, 2, 1), (1, 1, 1), ((0, 0), (3, 0), (0, 0)), {}),
            ("whole", (2, 4, 5, 3), (1, 4, 5, 1), (1, 4, 5, 1), "VALID", {}),
            ("whole-height", (2, 4, 5, 3), (1, 4, 2, 1), (1, 1, 2, 1), "VALID", {}),
            ("channels", (2, 4, 5, 6), (1, 1, 1, 2), (1, 1, 1, 2), "VALID", {}),
            ("volume", (1, 4, 4, 4, 2), (1, 2, 2, 2, 1), (1, 2, 2, 2, 1), "VALID", {}),
            ("dilated", (2, 7, 3), (1, 3, 1), (1, 1, 1), "VALID", {"window_dilation": (1, 2, 1)}),
            ("one-axis", (10,), (2,), (1,), "VALID", {}),
        )
    ),
    *(case(f"{kind}-line", _over(kind, (2,), (1,), "VALID"), WITHOUT_NUMBERS) for kind in MONOIDS),
    *(case(f"{kind}-wide", _over(kind, (1, 9, 9, 1), (1, 1, 1, 1), "VALID"), _image(1, 10, 9, 300))
      for kind in ("max", "sum")),
    case("max-after-relu", lambda a: nn.max_pool(jnp.abs(a), (3, 3), (2, 2), ((1, 1), (1, 1))), _image(1, 7, 8, 3)),
    *(case(f"gradient-{padding}", jax.grad(lambda a, p=padding: (nn.max_pool(a, (3, 3), (2, 2), p) * a.shape[1]).sum()),
           _image(1, 7, 7, 2)) for padding in ("VALID", "SAME")),
    case("max-of-integers", lambda a: nn.max_pool(a.astype(f32), (2, 2), (2, 2)), np.arange(64).reshape(1, 8, 8, 1)),
    case("max-dynamic-channels", lambda a: lax.reduce_window(a, -jnp.inf, lax.max, (1, 2, 1), (1, 1, 1), "SAME"),
         "float32[2,5,b]"),
    case("sum-dynamic-channels", lambda a: lax.reduce_window(a, 0.0, lax.add, (1, 2, 1), (1, 1, 1), "SAME"),
         "float32[2,5,b]"),
]  # fmt: skip


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", NAN, ids=str)
def test_pools_keep_nan_where_it_is(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CONVOLUTIONS, ids=str)
def test_convolutions(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", POOLS, ids=str)
def test_pools(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
