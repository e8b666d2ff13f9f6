"""What JAX does with arrays: shapes, indices, sorting, integers, activations, mathematics."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.rows import parameters, pure, row

Params = Mapping[str, Any]


def list_of_layers() -> tuple[Any, Any]:
    """An MLP whose parameters are a list of pairs."""
    sizes = (10, 20, 20, 4)
    given = parameters({"layers": [[(a, b), (b,)] for a, b in itertools.pairwise(sizes)]})["layers"]

    def function(layers: Any, x: jax.Array) -> jax.Array:
        for weight, bias in layers[:-1]:
            x = jnp.tanh(x @ weight + bias)
        weight, bias = layers[-1]
        logits = x @ weight + bias
        return logits - jax.scipy.special.logsumexp(logits, axis=-1, keepdims=True)

    return function, given


# fmt: off
ACTIVATIONS = [
    "relu", "relu6", "sigmoid", "softplus", "sparse_plus", "sparse_sigmoid", "soft_sign", "silu",
    "log_sigmoid", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_tanh", "tanh", "elu", "celu", "selu",
    "gelu", "squareplus", "mish", "identity", "softmax", "log_softmax", "standardize",
]
# fmt: on


def activations(x: jax.Array) -> dict[str, jax.Array]:
    """All of `jax.nn`."""
    found = {name: getattr(jax.nn, name)(x) for name in ACTIVATIONS}
    found["gelu_exact"] = jax.nn.gelu(x, approximate=False)
    found["glu"] = jax.nn.glu(x)
    found["one_hot"] = jax.nn.one_hot(jnp.argmax(x, -1), x.shape[-1])
    found["logmeanexp"] = jax.nn.logmeanexp(x, -1)
    return found


def ordering(x: jax.Array, words: jax.Array) -> dict[str, Any]:
    """Sorts, extremes and quantiles."""
    best, place = jax.lax.top_k(x, 3)
    return {
        "argmax": jnp.argmax(x, -1),
        "argmin": jnp.argmin(x, 0),
        "best": best,
        "place": place,
        "sorted": jnp.sort(x, -1),
        "order": jnp.argsort(-x, -1),
        "by_keys": jnp.lexsort((x[0], words[0])),
        "median": jnp.median(x, -1),
        "quantile": jnp.quantile(x, jnp.array([0.1, 0.75]), axis=-1),
        "words": jnp.sort(words, -1)[:, ::-1],
        "found": jnp.searchsorted(jnp.linspace(-1.0, 1.0, 5), x),
        "counts": jnp.bincount(words.reshape(-1), length=6),
        "histogram": jnp.histogram(x[0], bins=4, range=(-2, 2))[0],
    }


def cumulative(x: jax.Array) -> dict[str, jax.Array]:
    """Running sums, products, extremes."""
    return {
        "sum": jnp.cumsum(x, 1),
        "product": jnp.cumprod(x, 1),
        "largest": jax.lax.cummax(x, 1),
        "smallest": jax.lax.cummin(x, 1, reverse=True),
        "log": jax.lax.cumlogsumexp(x, 1),
        "reverse": jax.lax.cumsum(x, 1, reverse=True),
        "difference": jnp.diff(x, axis=1),
        "own": jax.lax.associative_scan(jnp.add, x, axis=1, reverse=True),
    }


def slices(x: jax.Array, at: jax.Array) -> dict[str, jax.Array]:
    """Reads and writes at places that are known only when the model runs."""
    start = at[0]
    return {
        "slice": jax.lax.dynamic_slice(x, (0, start), (x.shape[0], 3)),
        "update": jax.lax.dynamic_update_slice(x, jnp.ones_like(x[:, :2]), (0, start + 5)),
        "rows": x[:, at],
        "set": x.at[:, at].set(7.0),
        "add": x.at[:, jnp.array([1, 1, 4])].add(0.5),
        "max": x.at[0, at].max(1.0),
        "multiply": x.at[:, start].multiply(2.0),
        "dropped": x.at[:, at + 6].set(0.0, mode="drop"),
        "filled": x.at[:, at + 6].get(mode="fill", fill_value=-1.0),
        "along": jnp.take_along_axis(x, jnp.argsort(x, 1)[:, :2], 1),
        "choose": jnp.choose(at % 3, [x[0, :3], x[0, 3:6], x[0, 1:4]], mode="clip"),
    }


def shapes(x: jax.Array) -> dict[str, Any]:
    """Movements."""
    return {
        "flip": jnp.flip(x, 1),
        "roll": jnp.roll(x, 2, 1),
        "tile": jnp.tile(x, (1, 2, 1)),
        "repeat": jnp.repeat(x, np.array([1, 0, 2, 3]), axis=1, total_repeat_length=6),
        "stack": jnp.stack([x, -x], 2),
        "reflect": jnp.pad(x, ((0, 0), (1, 2), (0, 0)), mode="reflect"),
        "edge": jnp.pad(x, ((0, 0), (0, 0), (2, 1)), mode="edge"),
        "wrap": jnp.pad(x, ((0, 0), (1, 1), (1, 0)), mode="wrap"),
        "triangle": jnp.triu(x, 1),
        "rotated": jnp.rot90(x, axes=(1, 2)),
        "outer": jnp.einsum("bij,bkj->bik", x, x),
        "split": jnp.array_split(x, 3, axis=1)[0],
        "kron": jnp.kron(x[0], jnp.eye(2)),
        "trace": jnp.trace(x, axis1=1, axis2=2),
        "diagonal": jnp.diagonal(x, axis1=1, axis2=2),
        "blocks": jnp.block([[x[0], x[0]], [x[0], -x[0]]]),
        "moved": jnp.moveaxis(x, 0, -1).reshape(-1, x.shape[0]),
        "mesh": jnp.stack(jnp.meshgrid(x[0, 0], x[0, 1]), -1),
    }


def integers(a: jax.Array, b: jax.Array, flags: jax.Array) -> dict[str, jax.Array]:
    """Integers of all widths, their bits, and bools."""
    short, byte, wide = a.astype(jnp.int16), a.astype(jnp.uint8), (a * 7919).astype(jnp.uint32)
    return {
        "and": a & b,
        "or": a | b,
        "xor": a ^ (b << 3),
        "not": ~a,
        "left": a << (b % 8),
        "right": (a * -91) >> (b % 5),
        "logical": jax.lax.shift_right_logical(a * -91, b % 5),
        "count": jax.lax.population_count(a * 7919),
        "zeros": jax.lax.clz(a + 1),
        "floor": -a // (b + 1),
        "rest": -a % (b + 1),
        "short": (short * 3000).astype(jnp.int32),
        "byte": (byte * 77 + 200).astype(jnp.int32),
        "wide": (wide * wide >> 7).astype(jnp.float32),
        "hash": ((wide ^ (wide >> 16)) * jnp.uint32(0x45D9F3B)).astype(jnp.int32),
        "power": a**3,
        "flags": (flags & ~(a > 2)) | (flags ^ (b > 1)),
        "any": jnp.any(flags, -1) & jnp.all(a >= 0, -1),
        "packed": jnp.packbits(flags, axis=-1).astype(jnp.int32),
    }


# fmt: off
UNARY = [
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "abs", "sign",
    "floor", "ceil", "trunc", "round", "rint", "degrees", "radians", "sinc", "nan_to_num", "isfinite",
    "isnan", "signbit", "i0",
]
# fmt: on
# fmt: off
SPECIAL = [
    "erf", "erfc", "gammaln", "digamma", "entr", "expit", "ndtr", "log_ndtr", "i0e", "i1e", "ndtri", "logit",
]
# fmt: on


def mathematics(x: jax.Array) -> dict[str, jax.Array]:
    """Elementwise functions between 0 and 1."""
    y = jax.nn.sigmoid(x)
    found = {name: getattr(jnp, name)(y) for name in UNARY}
    special: Any = jax.scipy.special
    found |= {f"special_{name}": getattr(special, name)(y) for name in SPECIAL}
    found |= {
        "arccosh": jnp.arccosh(1 + y),
        "arctan2": jnp.arctan2(x, y),
        "power": jnp.power(y, x),
        "hypot": jnp.hypot(x, y),
        "rest": jnp.fmod(x, y) + jnp.remainder(x, y + 1),
        "logaddexp": jnp.logaddexp(x, y) + jnp.logaddexp2(x, y),
        "xlogy": special.xlogy(y, y),
        "moments": jnp.stack([jnp.var(x, -1), jnp.std(x, -1, ddof=1), jnp.ptp(x, -1)]),
        "polynomial": jnp.polyval(jnp.array([0.5, -1.0, 2.0]), x),
        "interpolated": jnp.interp(x, jnp.linspace(-2, 2, 9), jnp.sin(jnp.linspace(-2, 2, 9))),
        "heaviside": jnp.heaviside(x, 0.5),
        "clipped": jnp.clip(x, -0.5, y),
        "select": jnp.select([x > 0.5, x > 0], [x, y], -1.0),
        "piecewise": jnp.where(jnp.abs(x) < 0.5, x, jnp.copysign(0.5, x)),
    }
    return found


@jax.custom_jvp
def clipped(x: jax.Array) -> jax.Array:
    """A function with its own derivative."""
    return jnp.clip(x, -1, 1)


clipped.defjvp(lambda primals, tangents: (clipped(primals[0]), tangents[0]))


@jax.custom_vjp
def scaled(x: jax.Array) -> jax.Array:
    """Another."""
    return 2 * x


scaled.defvjp(lambda x: (2 * x, None), lambda _, g: (g,))


def wrapped(params: Params, x: jax.Array) -> jax.Array:
    """Functions within functions: custom derivatives, remat, jit, vmap, a gradient."""
    layer = jax.checkpoint(lambda y: jnp.tanh(y @ params["w"]))
    y = jax.jit(lambda y: layer(scaled(clipped(y))))(x)
    return y + jax.vmap(jax.grad(lambda row: jnp.sum(layer(clipped(row)) ** 2)))(x)


ENTRIES = [
    row("pure_mlp_listparams", list_of_layers, x="b,10"),
    pure("pure_activations", activations, x="b,8"),
    pure("pure_argmax_topk_sort", ordering, x="b,7", words="int32[b,7]"),
    pure("pure_cumulative", cumulative, x="b,6,2"),
    pure("pure_dynamic_slice_scatter", slices, x="b,8", at=np.array([2, 5, 3], np.int32)),
    pure("pure_shape_ops", shapes, x="b,4,3"),
    pure("pure_int_bool_ops", integers, a="int32[b,6]", b="int32[b,6]", flags="bool[b,6]"),
    pure("pure_math", mathematics, x="b,9"),
    pure("pure_custom_jvp_vjp_remat_pjit", wrapped, {"w": (6, 6)}, x="b,6"),
]
