from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.sources.jax.harness import RUN_ON, Case, case, check

f32 = np.float32
HOLES = np.array([[1.0, np.nan, 3.0], [5.0, -np.inf, 2.0], [7.0, 7.0, -1.0]], f32)
TRUTHS = np.array([[True, False], [True, True]])
ROWS = np.array([[1, 2, -3], [4, -5, 6]], np.int32)

COMPARISONS = [
    *(case(name, getattr(lax, name), HOLES, HOLES.T.copy()) for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    case("bools", lambda a: (a == a.T, a < a.T), TRUTHS),
    case("where", lambda a, b: jnp.where(a > 0, a, b), "float32[b,3]", "float32[3]"),
    case("where-bool", lambda a: jnp.where(a, a.T, False), TRUTHS),
    case("where-int", lambda a: jnp.where(a > 2, a, -1), ROWS),
    case("where-five-dims", lambda a: jnp.where(a > 0, a, -1.0), "float32[b,2,t,2,3]"),
    case("where-scalar", lambda a: jnp.where(a[0, 0] > 0, a, -a), "float32[b,3]"),
    case("select-n", lambda i, a: lax.select_n(i, a, a + 1, a + 2), np.array([0, 2, 1], np.int32), "float32[3]"),
]
CONVERSIONS = [
    case("to-bool", lambda a: (a != 0, a.astype(bool)), np.array([0.0, 0.1, -3.0, np.nan], f32)),
    case("to-int", lambda a: a.astype(np.int32), np.array([1.9, -1.9, np.nan, 3e9, -3e9, 2147483520.0, np.inf], f32)),
    case("to-byte", lambda a: a.astype(np.uint8), np.array([1.9, -1.9, 300.0, 255.0], f32)),
    case("int-to-byte", lambda a: (a.astype(np.uint8), a.astype(np.int8)), np.array([1, -1, 300, 128, 255], np.int32)),
    case("bool-to", lambda a: (a.astype(f32), a.astype(np.int32)), TRUTHS),
]
REDUCTIONS = [
    *(
        case(f"{name}-{axis}", lambda a, name=name, axis=axis: getattr(jnp, name)(a, axis), "float32[b,3,t]")
        for name in ("sum", "max", "min", "prod", "mean", "var")
        for axis in (0, -1, (1, 2), None)
    ),
    *(case(f"{name}-nan", getattr(jnp, name), HOLES) for name in ("sum", "max", "min")),
    case("max-nan-rows", lambda a: a.max(1), HOLES),
    case("sum-empty", lambda a: (a.sum(0), a.max(1, initial=-1)), np.zeros((0, 3), f32)),
    case("sum-int", lambda a: (a.sum(), a.max(0), a.min(1)), ROWS),
    case("all-any", lambda a: (a.all(0), a.any(1), a.all()), TRUTHS),
    case("sum-of-broadcast", lambda a: jnp.broadcast_to(a, (4, 3)).sum(0), np.ones(3, f32)),
    *(
        case(f"{name}", lambda a, name=name: getattr(jnp, name)(a, axis=-1), "float32[b,t]")
        for name in ("argmax", "argmin")
    ),
    case("argmax-nan", lambda a: (a.argmax(1), a.argmin(0)), HOLES),
    case("argmax-int", lambda a: a.argmax(1), ROWS),
    case("softmax", jax.nn.softmax, "float32[b,t]"),
    case("softmax-axis", lambda a: jax.nn.softmax(a, axis=1), "float32[b,t,3]"),
    case("log-softmax", jax.nn.log_softmax, "float32[b,5]"),
    case("logsumexp", lambda a: jax.nn.logsumexp(a, axis=-1), "float32[b,5]"),
    case("standardize", jax.nn.standardize, "float32[b,6]", tolerance=1e-5),
    case("norm", lambda a: jnp.linalg.norm(a, axis=-1), "float32[b,6]"),
]
SHAPES = [
    case("reshape", lambda a: a.reshape(a.shape[0], -1), "float32[b,3,t]"),
    case("reshape-merge", lambda a: a.reshape(-1, 3), "float32[b,t,3]"),
    case("reshape-split", lambda a: a.reshape(*a.shape[:2], 2, 3), "float32[b,t,6]"),
    case("transpose", lambda a: a.transpose(2, 0, 1), "float32[b,3,t]"),
    case("seven-dims-transpose", lambda a: a.transpose(6, 0, 1, 2, 3, 5, 4), "float32[b,2,1,2,2,3,2]"),
    case("swap-one", lambda a: a.transpose(1, 0, 2), "float32[b,1,t]"),
    case("broadcast", lambda a: jnp.broadcast_to(a[:, None], (*a.shape, 4)).transpose(), "float32[4]"),
    case("broadcast-dynamic", lambda a: jnp.broadcast_to(a[:, :, None], (*a.shape, 4)), "float32[b,t]"),
    case("zeros-like", lambda a: jnp.zeros((a.shape[0], 3)) + jnp.ones(()), "float32[b]"),
    case("concatenate", lambda a, b: jnp.concatenate([a, b, a[:, :0]], 1), "float32[b,t]", "float32[b,3]"),
    case("stack", lambda a, b: jnp.stack([a, b], 1), "float32[b,t]", "float32[b,t]"),
    case("class-token", lambda a: jnp.concatenate([jnp.ones((a.shape[0], 1, 3)), a], 1), "float32[b,t,3]"),
    case("split", lambda a: jnp.split(a, 3, -1), "float32[b,6]"),
    case("slice", lambda a: a[:, 1:, ::2], "float32[b,t,7]"),
    case("slice-int", lambda a: lax.slice(a, (0, 0), (2, 3), (1, 2)), ROWS),
    case("slice-bool", lambda a: a[:, 1:], TRUTHS),
    case("first", lambda a: a[:, 0], "float32[b,t,3]"),
    case("last", lambda a: a[:, -1], "float32[b,t,3]"),
    case("middle", lambda a: lax.slice_in_dim(a, 1, 3, axis=1), "float32[b,t+2,3]"),
    case("strided-dynamic", lambda a: a[:, ::2], "float32[b,t,3]"),
    case("five-dims-slice", lambda a: lax.slice(a, (0,) * 5, a.shape, (1, 1, 2, 1, 2)), "float32[2,1,4,2,3]"),
    case("flip", lambda a: (a[::-1], jnp.flip(a, 1)), "float32[b,t]"),
    case("flip-five-dims", lambda a: jnp.flip(a, (1, 4)), "float32[b,2,1,2,3]"),
    case("flip-int", lambda a: a[:, ::-1], ROWS),
    case("pad", lambda a: jnp.pad(a, ((0, 0), (1, 2))), "float32[b,t]"),
    case("pad-value", lambda a: jnp.pad(a, 1, constant_values=-np.inf), "float32[b,t]"),
    case("pad-all", lambda a: lax.pad(a, 2.0, ((1, -1, 2), (-1, 0, 1))), "float32[3,4]"),
    case("pad-five-dims", lambda a: jnp.pad(a, ((0, 0),) * 3 + ((1, 0), (0, 2))), "float32[b,2,1,2,3]"),
    case("pad-int", lambda a: jnp.pad(a, 1, constant_values=7), ROWS),
    case("pad-bool", lambda a: jnp.pad(a, 1), TRUTHS),
    case("tile", lambda a: jnp.tile(a, (1, 2)), "float32[b,3]"),
    case("repeat", lambda a: jnp.repeat(a, 2, axis=1), "float32[b,3]"),
    case("arange", lambda a: a + jnp.arange(a.shape[1]), "float32[b,t]"),
    case("dim-as-value", lambda a: a.sum() / a.shape[1], "float32[b,t]"),
    case("two-dims", lambda a: a * (2 * a.shape[0] + a.shape[1] // 2), "float32[b,t]"),
    case("roll", lambda a: jnp.roll(a, 1, axis=1), "float32[b,5]"),
    case("tril", jnp.tril, "float32[4,4]"),
    case("constant", lambda a: (a, jnp.arange(3)), "float32[b]"),
    case("scalar", lambda a: a * 2, "float32[]"),
    case("tree", lambda a: {"x": a, "y": (a + 1, {"z": a})}, "float32[b]"),
    case("passes-through", lambda a: (a, a), "float32[b]"),
]
PRODUCTS = [
    *(
        case(text, lambda a, b, text=text: jnp.einsum(text, a, b), left, right)
        for text, left, right in (
            ("bi,ij->bj", "float32[b,3]", "float32[3,4]"),
            ("bi,ji->bj", "float32[b,3]", "float32[4,3]"),
            ("bti,ij->btj", "float32[b,t,3]", "float32[3,4]"),
            ("bti,ihd->bthd", "float32[b,t,6]", "float32[6,2,3]"),
            ("bthd,hdi->bti", "float32[b,t,2,3]", "float32[2,3,6]"),
            ("bqhd,bkhd->bhqk", "float32[b,t,2,3]", "float32[b,t,2,3]"),
            ("bhqk,bkhd->bqhd", "float32[b,2,t,t]", "float32[b,t,2,3]"),
            ("i,i->", "float32[5]", "float32[5]"),
            ("i,j->ij", "float32[5]", "float32[3]"),
            ("bi,bi->b", "float32[b,3]", "float32[b,3]"),
            ("bij,bjk->bik", "float32[b,3,t]", "float32[b,t,2]"),
            ("bi,bj->bij", "float32[b,3]", "float32[b,t]"),
            ("abcd,cdab->", "float32[2,1,3,2]", "float32[3,2,2,1]"),
        )
    ),
    case("vector-matrix", lambda a, b: a @ b, "float32[3]", "float32[3,4]"),
    case("matrix-vector", lambda a, b: a @ b, "float32[b,3]", "float32[3]"),
    case("constant", lambda a: a @ np.arange(6, dtype=f32).reshape(3, 2), "float32[b,3]"),
    case("int", lambda a: a @ a.T, ROWS),
    case("int-large", lambda a: a @ a.T, ROWS * 10007),
    case("nothing", lambda a, b: a @ b, np.ones((2, 0), f32), np.ones((0, 3), f32)),
    case("lazy", lambda a: jnp.ones((a.shape[0], 3)) @ jnp.ones((3, 2)) + a, "float32[b,2]"),
]
INDEXING = [
    case("embedding", lambda e, i: e[i], "float32[20,4]", np.array([[0, 3, 19], [7, -1, 2]], np.int32)),
    case("take-fill", lambda e, i: jnp.take(e, i, axis=0), "float32[5,2]", np.array([0, 4, 5, -1, -6, 100], np.int32)),
    case("take-clip", lambda e, i: jnp.take(e, i, axis=1, mode="clip"), "float32[b,5]", np.array([0, 9, -4], np.int32)),
    case("take-int-fill", lambda e, i: jnp.take(e, i, axis=0), ROWS, np.array([0, 7], np.int32)),
    case("take-along", lambda a, i: jnp.take_along_axis(a, i, 1), "float32[b,4]", "int32[b,2]"),
    case("take-along-first", lambda a, i: jnp.take_along_axis(a, i, 0), "float32[4,3]", "int32[2,3]"),
    case("two-indices", lambda a, i: a[i, i], "float32[4,5]", "int32[t]"),
    case("indices-apart", lambda a, i: a[i, :, i], "float32[4,3,5]", "int32[t]"),
    case("at-place", lambda a, i: a[jnp.arange(a.shape[0]), i], "float32[b,4,3]", "int32[b]"),
    case("constant-index", lambda a: a[:, np.array([2, 0])], "float32[b,4]"),
    case("scalar-index", lambda a, i: a[:, i], "float32[b,4]", np.array(2, np.int32)),
    case("dynamic-slice", lambda a, i: lax.dynamic_slice(a, (0, i), (2, 2)), "float32[3,4]", np.array(9, np.int32)),
    case(
        "dynamic-slice-axis", lambda a, i: lax.dynamic_slice_in_dim(a, i, 2, 1), "float32[b,t+1]", np.array(1, np.int32)
    ),
    case(
        "update",
        lambda a, u, i: lax.dynamic_update_slice(a, u, (0, i)),
        "float32[3,5]",
        "float32[2,2]",
        np.array(4, np.int32),
    ),
    case("one-hot", lambda i: jax.nn.one_hot(i, 5), "int32[b]"),
    case("gather-bool", lambda a, i: a[i], TRUTHS, np.array([1, 0, 1], np.int32)),
]
ORDER = [
    case("cumsum", lambda a: (a.cumsum(1), lax.cumsum(a, 0, reverse=True)), "float32[b,t]"),
    case("cumprod", lambda a: jnp.cumprod(a, 1), "float32[b,4]"),
    case("cumsum-int", lambda a: a.cumsum(0), ROWS),
    case("cummax", lambda a: (lax.cummax(a, 1), lax.cummin(a, 1, reverse=True)), "float32[b,5]"),
    case("top-k", lambda a: lax.top_k(a, 2), "float32[b,5]"),
    case("sort", lambda a: (jnp.sort(a), jnp.argsort(a, 0), jnp.sort(a, descending=True)), "float32[3,5]"),
    case("sort-int", lambda a: jnp.sort(a), np.array([5, -(2**31), 2**31 - 1, 0], np.int32)),
    case("sort-by", lambda a, b: lax.sort((a, b), num_keys=1), "float32[3,5]", "float32[3,5]"),
    case("median", lambda a: jnp.median(a, 1), "float32[b,5]"),
]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", COMPARISONS, ids=str)
def test_comparisons_and_choices(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", CONVERSIONS, ids=str)
def test_conversions(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", REDUCTIONS, ids=str)
def test_reductions(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", SHAPES, ids=str)
def test_shapes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", PRODUCTS, ids=str)
def test_products(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", INDEXING, ids=str)
def test_indexing(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("row", ORDER, ids=str)
def test_order(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
