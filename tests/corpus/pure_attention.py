"""Attention and the language models around it, in JAX alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.rows import parameters, pure, row

Params = Mapping[str, Any]


def grouped_queries(params: Params, x: jax.Array) -> jax.Array:
    """Four query heads share two heads of keys and values."""
    b, t, _ = x.shape
    q = (x @ params["q"]).reshape(b, t, 2, 2, 4)
    k, v = ((x @ params[name]).reshape(b, t, 2, 4) for name in "kv")
    scores = jnp.einsum("btgqd,bsgd->bgqts", q, k) / 2
    scores = jnp.where(jnp.tril(jnp.ones((t, t), bool)), scores, -1e9)
    y = jnp.einsum("bgqts,bsgd->btgqd", jax.nn.softmax(scores, -1), v)
    return y.reshape(b, t, -1) @ params["o"]


def dot_product_attention(q: jax.Array, k: jax.Array, v: jax.Array, mask: jax.Array) -> jax.Array:
    """JAX's own, masked and causal."""
    return jax.nn.dot_product_attention(q, k, v, mask=mask[:, None, None], is_causal=True)


def relative_positions(params: Params, x: jax.Array) -> jax.Array:
    """T5: a bias for each logarithmic bucket of distances."""
    b, t, _ = x.shape
    distance = jnp.arange(t)[None] - jnp.arange(t)[:, None]
    bucket = jnp.where(distance > 0, 4, 0)
    near = jnp.abs(distance)
    far = 2 + (jnp.log(jnp.maximum(near, 1) / 2) / jnp.log(8.0) * 2).astype(jnp.int32)
    bucket += jnp.where(near < 2, near, jnp.minimum(far, 3))
    q, k, v = ((x @ params[name]).reshape(b, t, 2, 4) for name in "qkv")
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) + params["bias"][bucket].transpose(2, 0, 1)
    y = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v).reshape(b, t, 8)
    return x + y @ params["o"]


def rotated(x: jax.Array, positions: jax.Array) -> jax.Array:
    """Rotary positions for `[batch, time, heads, width]`."""
    half = x.shape[-1] // 2
    angles = positions[..., None] * 100.0 ** (-jnp.arange(half) / half)
    cos, sin = jnp.cos(angles)[..., None, :], jnp.sin(angles)[..., None, :]
    first, second = jnp.split(x, 2, -1)
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], -1).astype(x.dtype)


def rms_norm(x: jax.Array, scale: jax.Array) -> jax.Array:
    """RMSNorm."""
    return (x * jax.lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6) * scale).astype(x.dtype)


def llama_block(params: Params, x: jax.Array) -> jax.Array:
    """A block of a llama: rotary attention, gated feed-forward network."""
    b, t, width = x.shape
    y = rms_norm(x, params["norm1"])
    q, k, v = ((y @ params[name]).reshape(b, t, 2, 4) for name in "qkv")
    q, k = rotated(q, jnp.arange(t)), rotated(k, jnp.arange(t))
    x = x + jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(b, t, width) @ params["o"]
    y = rms_norm(x, params["norm2"])
    return x + (jax.nn.silu(y @ params["gate"]) * (y @ params["up"])) @ params["down"]


LLAMA = {
    **dict.fromkeys("qkvo", (8, 8)),
    **dict.fromkeys(("gate", "up"), (8, 16)),
    "down": (16, 8),
    **dict.fromkeys(("norm1", "norm2"), (8,)),
}


def llama_in_halves() -> tuple[Any, Any]:
    """The same block in bfloat16."""
    weights = {name: jnp.asarray(value, jnp.bfloat16) for name, value in parameters(LLAMA).items()}
    return (lambda params, x: llama_block(params, x.astype(jnp.bfloat16)).astype(jnp.float32)), weights


def llama_step(params: Params, x: jax.Array, keys: jax.Array, values: jax.Array, place: jax.Array) -> Any:
    """One step of decoding: the caches of keys and values go in and come out."""
    b, length = keys.shape[:2]
    y = rms_norm(x, params["norm1"])
    q, k, v = ((y @ params[name]).reshape(b, 1, 2, 4) for name in "qkv")
    q, k = rotated(q, place[None, None]), rotated(k, place[None, None])
    keys = jax.lax.dynamic_update_slice(keys, k, (0, place, 0, 0))
    values = jax.lax.dynamic_update_slice(values, v, (0, place, 0, 0))
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, keys) / 2
    scores = jnp.where(jnp.arange(length) <= place, scores, -jnp.inf)
    y = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), values).reshape(b, 1, 8)
    x = x + y @ params["o"]
    y = rms_norm(x, params["norm2"])
    x = x + (jax.nn.silu(y @ params["gate"]) * (y @ params["up"])) @ params["down"]
    return {"x": x, "keys": keys, "values": values, "place": place + 1}


def experts(params: Params, x: jax.Array) -> Any:
    """Each token goes to two of four experts."""
    probabilities = jax.nn.softmax(x @ params["router"])
    weights, chosen = jax.lax.top_k(probabilities, 2)
    gates = jnp.zeros_like(probabilities).at[jnp.arange(x.shape[0])[:, None], chosen].set(weights)
    gates = gates / gates.sum(-1, keepdims=True)
    hidden = jax.nn.gelu(jnp.einsum("td,edh->teh", x, params["up"]))
    y = jnp.einsum("teh,ehd,te->td", hidden, params["down"], gates)
    load = jnp.mean(jax.nn.one_hot(chosen[:, 0], 4), 0)
    return {"y": y, "chosen": chosen, "balance": (load * probabilities.mean(0)).sum()}


def perceiver(params: Params, x: jax.Array) -> jax.Array:
    """A few latents read a long input, then each other."""
    latents = jnp.broadcast_to(params["latents"], (x.shape[0], 3, 8))
    for name, source in (("cross", x), ("self", None)):
        layer = params[name]
        given = latents if source is None else source
        scores = (latents @ layer["q"]) @ (given @ layer["k"]).swapaxes(1, 2) / 8**0.5
        latents = latents + jax.nn.softmax(scores) @ (given @ layer["v"])
        latents = jax.nn.standardize(latents, -1, epsilon=1e-5)
    return latents.reshape(-1, 24) @ params["head"]


def _perceiver() -> Any:
    layer = dict.fromkeys("qkv", (8, 8))
    return {"latents": (3, 8), "cross": layer, "self": layer, "head": (24, 4)}


def linear_attention(params: Params, x: jax.Array) -> jax.Array:
    """RWKV: a running, decaying mean of values, weighed by keys, in a numerically safe scan."""
    r, k, v = (x @ params[name] for name in "rkv")

    def step(state: Any, item: Any) -> Any:
        numerator, denominator, largest = state
        key, value = item
        top = jnp.maximum(largest, key + params["bonus"])
        old, new = jnp.exp(largest - top), jnp.exp(key + params["bonus"] - top)
        y = (old * numerator + new * value) / (old * denominator + new)
        decayed = largest - jnp.exp(params["decay"])
        top = jnp.maximum(decayed, key)
        old, new = jnp.exp(decayed - top), jnp.exp(key - top)
        return (old * numerator + new * value, old * denominator + new, top), y

    zero = jnp.zeros_like(k[:, 0])
    _, y = jax.lax.scan(step, (zero, zero, zero - 1e30), (k.swapaxes(0, 1), v.swapaxes(0, 1)))
    return (jax.nn.sigmoid(r) * y.swapaxes(0, 1)) @ params["o"]


def selective_scan(params: Params, x: jax.Array) -> jax.Array:
    """Mamba: a state space whose step depends on the input, as an associative scan."""
    inner, gate = jnp.split(x @ params["in"], 2, -1)
    padded = jnp.pad(inner, ((0, 0), (2, 0), (0, 0)))
    inner = jax.nn.silu(sum(padded[:, i : i + x.shape[1]] * params["conv"][i] for i in range(3)))
    step = jax.nn.softplus(inner @ params["step"])
    read, write = inner @ params["read"], inner @ params["write"]
    decay = jnp.exp(-step[..., None] * jnp.exp(params["log_a"]))
    added = (step * inner)[..., None] * write[:, :, None]
    _, state = jax.lax.associative_scan(lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1]), (decay, added), axis=1)
    y = (state * read[:, :, None]).sum(-1) + inner * params["skip"]
    return (y * jax.nn.silu(gate)) @ params["out"]


MAMBA = {
    "in": (6, 16),
    "conv": (3, 8),
    "step": (8, 8),
    "read": (8, 4),
    "write": (8, 4),
    "log_a": (8, 4),
    "skip": (8,),
    "out": (8, 6),
}


def longformer(q: jax.Array, k: jax.Array, v: jax.Array) -> jax.Array:
    """Attention within a sliding window, with a global first token."""
    t = q.shape[1]
    place = np.arange(t) if isinstance(t, int) else jnp.arange(t)
    near = (abs(place[:, None] - place[None]) <= 2) | (place[:, None] == 0) | (place[None] == 0)
    scores = jnp.where(near, jnp.einsum("bqd,bkd->bqk", q, k) / 2, jnp.finfo(jnp.float32).min)
    return jax.nn.softmax(scores) @ v


CACHE = {"x": "b,1,8", "keys": "b,6,2,4", "values": "b,6,2,4", "place": np.int32(3)}
ENTRIES = [
    pure(
        "pure_einsum_attention_gqa", grouped_queries, {"q": (8, 16), "k": (8, 8), "v": (8, 8), "o": (16, 8)}, x="b,t,8"
    ),
    pure(
        "pure_dot_product_attention",
        dot_product_attention,
        **dict.fromkeys("qkv", "b,6,2,4"),
        mask=np.array([[1, 1, 0, 1, 0, 1]], bool),
    ),
    pure(
        "pure_t5_relative_positions", relative_positions, {**dict.fromkeys("qkvo", (8, 8)), "bias": (8, 2)}, x="b,t,8"
    ),
    row("pure_rope_llama_bf16", llama_in_halves, x="b,6,8"),
    pure("pure_rope_llama_float32", llama_block, LLAMA, x="b,t,8"),
    pure("pure_llama_decode_step", llama_step, LLAMA, **CACHE),
    pure("pure_moe_topk_routing", experts, {"router": (6, 4), "up": (4, 6, 8), "down": (4, 8, 6)}, x="b,6"),
    pure("pure_perceiver_cross_attention", perceiver, _perceiver(), x="b,t,8"),
    pure(
        "pure_rwkv_linear_attention",
        linear_attention,
        {**dict.fromkeys("rkvo", (6, 6)), "bonus": (6,), "decay": (6,)},
        x="b,6,6",
    ),
    pure("pure_mamba_selective_scan", selective_scan, MAMBA, x="b,7,6"),
    pure("pure_longformer_window", longformer, **dict.fromkeys("qkv", "b,8,4")),
]
