"""Loops and branches in JAX alone: decoding, simulation, iteration to a fixed point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tests.corpus.rows import pure

Params = Mapping[str, Any]


def control_flow(x: jax.Array, steps: jax.Array) -> dict[str, jax.Array]:
    """All of `jax.lax`'s control flow, with counts and choices that come from the inputs."""
    return {
        "while": jax.lax.while_loop(
            lambda s: (s[0] < steps) & (jnp.sum(s[1]) < 50), lambda s: (s[0] + 1, s[1] * 1.5), (0, jnp.abs(x))
        )[1],
        "fori": jax.lax.fori_loop(0, steps, lambda i, y: y + jnp.sin(y) * i, x),
        "static": jax.lax.fori_loop(0, 4, lambda i, y: jnp.cos(y) + i, x),
        "cond": jax.lax.cond(x.sum() > 0, lambda y: jnp.exp(-jnp.abs(y)), lambda y: y * 2, x),
        "switch": jax.lax.switch(steps % 3, [jnp.sin, jnp.cos, jnp.tanh], x),
        "scan": jax.lax.scan(lambda c, y: (c * 0.5 + y, c.sum()), x[:, 0], x.T)[0],
        "gcd": jnp.gcd(steps * 6, jnp.array([9, 16, 7])),
        "map": jax.lax.map(lambda y: y * y.max(), x),
    }


def greedy(params: Params, state: jax.Array) -> dict[str, jax.Array]:
    """Tokens one by one, until all sentences have ended or there is no more room."""
    b = state.shape[0]

    def step(carry: Any) -> Any:
        i, state, word, done, out = carry
        state = jnp.tanh(state @ params["recurrent"] + params["embed"][word])
        word = jnp.where(done, 0, jnp.argmax(state @ params["head"], -1).astype(jnp.int32))
        return i + 1, state, word, done | (word == 0), out.at[:, i].set(word)

    start = (0, state, jnp.ones(b, jnp.int32), jnp.zeros(b, bool), jnp.zeros((b, 6), jnp.int32))
    count, _, _, done, out = jax.lax.while_loop(lambda c: (c[0] < 6) & ~jnp.all(c[3]), step, start)
    return {"tokens": out, "steps": count, "done": done}


def beams(params: Params, state: jax.Array) -> dict[str, jax.Array]:
    """A beam search of width 3."""
    b, width = state.shape
    words = params["head"].shape[1]

    def step(carry: Any, _: None) -> Any:
        state, word, score = carry
        state = jnp.tanh(state @ params["recurrent"] + params["embed"][word])
        each = score[..., None] + jax.nn.log_softmax(state @ params["head"])
        score, flat = jax.lax.top_k(each.reshape(b, 3 * words), 3)
        parent, word = flat // words, flat % words
        state = jnp.take_along_axis(state, parent[..., None], 1)
        return (state, word, score), (parent, word)

    start = jnp.broadcast_to(state[:, None], (b, 3, width))
    score = jnp.broadcast_to(jnp.array([0.0, -1e9, -1e9]), (b, 3))
    (_, _, score), (parents, tokens) = jax.lax.scan(step, (start, jnp.ones((b, 3), jnp.int32), score), None, length=4)

    def back(place: jax.Array, item: Any) -> Any:
        parent, token = item
        return jnp.take_along_axis(parent, place, 1), jnp.take_along_axis(token, place, 1)

    _, sentences = jax.lax.scan(back, jnp.broadcast_to(jnp.arange(3), (b, 3)), (parents, tokens), reverse=True)
    return {"score": score, "tokens": sentences.transpose(1, 2, 0)}


def ctc(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The CTC loss as the sum over paths, in logarithms."""
    b, _, _ = logits.shape
    log_p = jax.nn.log_softmax(logits)
    s = 2 * labels.shape[1] + 1
    extended = jnp.zeros((b, s), jnp.int32).at[:, 1::2].set(labels)
    skip = (extended != 0) & (extended != jnp.roll(extended, 2, 1)) & (jnp.arange(s) > 1)

    def emit(p: jax.Array) -> jax.Array:
        return jnp.take_along_axis(p, extended, 1)

    def step(alpha: jax.Array, p: jax.Array) -> Any:
        one = jnp.pad(alpha, ((0, 0), (1, 0)), constant_values=-1e5)[:, :-1]
        two = jnp.pad(alpha, ((0, 0), (2, 0)), constant_values=-1e5)[:, :-2]
        total = jnp.logaddexp(alpha, one)
        return jnp.where(skip, jnp.logaddexp(total, two), total) + emit(p), None

    first = jnp.where(jnp.arange(s) < 2, emit(log_p[:, 0]), -1e5)
    last, _ = jax.lax.scan(step, first, log_p[:, 1:].swapaxes(0, 1))
    return -jnp.logaddexp(last[:, -1], last[:, -2])


def neural_ode(params: Params, x: jax.Array) -> dict[str, jax.Array]:
    """Runge and Kutta's method on a learnt field, and the gradient of where it ends."""

    def field(y: jax.Array) -> jax.Array:
        return jnp.tanh(y @ params["w1"] + params["b1"]) @ params["w2"]

    def step(y: jax.Array, h: jax.Array) -> Any:
        k1 = field(y)
        k2 = field(y + h / 2 * k1)
        k3 = field(y + h / 2 * k2)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + field(y + h * k3)), None

    def end(y: jax.Array) -> jax.Array:
        return jax.lax.scan(step, y, jnp.full(4, 0.25))[0]

    return {"end": end(x), "gradient": jax.grad(lambda y: jnp.sum(end(y) ** 2))(x)}


def adaptive_ode(params: Params, x: jax.Array) -> dict[str, jax.Array]:
    """Heun's method whose steps depend on its error."""

    def field(y: jax.Array) -> jax.Array:
        return jnp.tanh(y @ params["w"]) - 0.5 * y

    def step(carry: Any) -> Any:
        time, h, y, count = carry
        k1 = field(y)
        k2 = field(y + h * k1)
        error = jnp.max(jnp.abs(k2 - k1)) * h / 2
        good = error < 0.05
        y = jnp.where(good, y + h / 2 * (k1 + k2), y)
        time = jnp.where(good, time + h, time)
        h = jnp.where(good, h * 1.5, h * 0.5)
        return time, jnp.minimum(h, jnp.maximum(1.0 - time, 0.01)), y, count + 1

    _, _, y, count = jax.lax.while_loop(lambda c: (c[0] < 0.99) & (c[3] < 40), step, (0.0, 0.4, x, 0))
    return {"y": y, "count": count}


def k_means(points: jax.Array) -> dict[str, jax.Array]:
    """Lloyd's iterations from the first points."""

    def step(centres: jax.Array, _: None) -> Any:
        near = jnp.argmin(jnp.sum((points[:, None] - centres) ** 2, -1), 1)
        member = jax.nn.one_hot(near, 3)
        count = member.sum(0)[:, None]
        return jnp.where(count > 0, member.T @ points / jnp.maximum(count, 1), centres), None

    centres, _ = jax.lax.scan(step, points[:3], None, length=5)
    return {"centres": centres, "nearest": jnp.argmin(jnp.sum((points[:, None] - centres) ** 2, -1), 1)}


def viterbi(params: Params, scores: jax.Array) -> dict[str, jax.Array]:
    """The best path through a conditional random field, followed back."""

    def step(best: jax.Array, item: jax.Array) -> Any:
        each = best[:, :, None] + params["transitions"]
        return each.max(1) + item, each.argmax(1)

    best, back = jax.lax.scan(step, scores[:, 0], scores[:, 1:].swapaxes(0, 1))
    last = best.argmax(-1)

    def follow(place: jax.Array, pointers: jax.Array) -> Any:
        before = jnp.take_along_axis(pointers, place[:, None], 1)[:, 0]
        return before, before

    _, path = jax.lax.scan(follow, last, back, reverse=True)
    return {"score": best.max(-1), "path": jnp.concatenate([path, last[None]]).T}


def newton(x: jax.Array) -> jax.Array:
    """Cube roots, to a fixed point for each element."""

    def step(carry: Any) -> Any:
        i, y, _ = carry
        new = y - (y**3 - x) / (3 * y**2)
        return i + 1, new, jnp.max(jnp.abs(new - y))

    return jax.lax.while_loop(lambda c: (c[2] > 1e-5) & (c[0] < 30), step, (0, jnp.abs(x) + 1, jnp.float32(1)))[1]


def trees(params: Params, x: jax.Array) -> jax.Array:
    """Gradient-boosted trees: every row walks down all trees at once."""
    node = jnp.zeros((x.shape[0], 4), jnp.int32)
    for _ in range(3):
        feature = (jnp.abs(params["feature"]) * 40).astype(jnp.int32) % 6
        tree = jnp.arange(4)
        value = jnp.take_along_axis(x, feature[tree, node], 1)
        node = 2 * node + jnp.where(value > params["threshold"][tree, node], 2, 1)
    return jax.nn.sigmoid(params["leaf"][jnp.arange(4), node].sum(-1))


WORDS = {"recurrent": (8, 8), "embed": (7, 8), "head": (8, 7)}
ENTRIES = [
    pure("pure_control_flow", control_flow, x="b,3", steps=np.int32(4), asynchronous=True),
    pure("pure_beam_greedy_decode_while", greedy, WORDS, state="b,8", asynchronous=True),
    pure("pure_beam_search", beams, WORDS, state="b,8"),
    pure(
        "pure_ctc_logadd_scan",
        ctc,
        logits="b,8,6",
        labels=np.array([[1, 2, 2], [3, 1, 5], [4, 4, 4]], np.int32),
        moving=False,
    ),
    pure("pure_neural_ode_rk4_grad", neural_ode, {"w1": (4, 8), "b1": (8,), "w2": (8, 4)}, x="b,4"),
    pure("pure_adaptive_ode_while", adaptive_ode, {"w": (4, 4)}, x="b,4", asynchronous=True),
    pure("pure_k_means", k_means, points="12,2"),
    pure("pure_crf_viterbi", viterbi, {"transitions": (4, 4)}, scores="b,6,4"),
    pure("pure_newton_while", newton, x="b,5", asynchronous=True),
    pure("pure_boosted_trees", trees, {"feature": (4, 16), "threshold": (4, 16), "leaf": (4, 16)}, x="b,6"),
]
