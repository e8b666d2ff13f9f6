"""Attention: heads, axes, masks of every origin, scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import Input, Model, layers

from tests.sources.keras.row import Row, awkward, floats, integers, model

TOKENS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 1, 2, 3]], np.int32)
SOURCES = np.array([[4, 2, 1, 0, 0], [0, 1, 0, 3, 1], [5, 0, 0, 0, 0]], np.int32)
NOWHERE = np.zeros((3, 4), np.int32)


def called(label: str, layer: Callable[[], Any], shapes: Any, call: Callable[..., Any], **properties: Any) -> Row:
    """A layer whose call the row spells out."""

    def make() -> Any:
        given = [Input(item.shape[1:], dtype=str(item.dtype)) if isinstance(item, np.ndarray) else Input(item)
                 for item in shapes]  # fmt: skip
        return Model(given, call(layer(), *given))

    arrays = [item if isinstance(item, np.ndarray) else tuple(size or 4 for size in item) for item in shapes]
    return model(label, make, *arrays, **properties)


def embedded(*masked: bool) -> list[Any]:
    """Layers that make sequences of tokens, with a mask or without."""
    return [layers.Embedding(6, 5, mask_zero=mask) for mask in masked]


def masked(
    label: str, layer: Callable[[], Any], masks: tuple[bool, bool], call: Callable[..., Any], **more: Any
) -> Row:
    """Attention between tokens whose padding is masked; the mask that comes out ends in a mean."""

    def whole(attention: Any, tokens: Any, sources: Any) -> Any:
        query, value = (make(x) for make, x in zip(embedded(*masks), (tokens, sources), strict=True))
        found = call(attention, query, value)
        first = found[0] if isinstance(found, tuple | list) else found
        return [found, layers.GlobalAveragePooling1D()(first)]

    return called(label, layer, (more.pop("tokens", TOKENS), SOURCES), whole, **more)


def heads(**more: Any) -> Callable[[], Any]:
    """Attention of two heads."""
    return lambda: layers.MultiHeadAttention(**{"num_heads": 2, "key_dim": 3, **more})


def grouped(**more: Any) -> Callable[[], Any]:
    """Attention of four heads on two."""
    return lambda: layers.GroupQueryAttention(**{"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **more})


def _pair(layer: Any, q: Any, v: Any) -> Any:
    return layer(q, v)


def _list(layer: Any, *tensors: Any) -> Any:
    return layer(list(tensors))


def _scored(layer: Any, q: Any, v: Any) -> Any:
    return layer(q, v, return_attention_scores=True)


def _causal(layer: Any, q: Any, v: Any) -> Any:
    return layer(q, v, use_causal_mask=True)


MULTI_HEAD = [
    called("MultiHeadAttention", heads(), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/self", heads(), [(4, 5)], lambda layer, x: layer(x, x)),
    called("MultiHeadAttention/key", heads(), [(4, 5), (6, 3), (6, 2)], lambda layer, q, v, k: layer(q, v, k)),
    called(
        "MultiHeadAttention/by names",
        heads(),
        [(4, 5), (6, 3), (6, 2)],
        lambda layer, q, v, k: layer(q, key=k, value=v),
    ),
    called("MultiHeadAttention/value_dim", heads(value_dim=7, dropout=0.1), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/one head", heads(num_heads=1), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/output_shape", heads(output_shape=3), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/output_shape 2", heads(output_shape=(3, 2)), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/no bias", heads(use_bias=False), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/gate", heads(use_gate=True), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/dropout", heads(dropout=0.5), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/seed", heads(dropout=0.5, seed=3), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/scores", heads(), [(4, 5), (6, 5)], _scored),
    called("MultiHeadAttention/causal", heads(), [(4, 5), (6, 5)], _causal),
    called("MultiHeadAttention/causal, longer query", heads(), [(6, 5), (4, 5)], _causal),
    called("MultiHeadAttention/causal, dropout", heads(dropout=0.5), [(4, 5), (6, 5)], _causal),
    called("MultiHeadAttention/sliding window", heads(sliding_window=2), [(4, 5), (6, 5)], _pair),
    called("MultiHeadAttention/sliding window, causal", heads(sliding_window=2), [(6, 5), (6, 5)], _causal),
    called("MultiHeadAttention/any length", heads(), [(None, 5), (None, 5)], _pair),
    called("MultiHeadAttention/any length, causal", heads(sliding_window=3), [(None, 5), (None, 5)], _causal),
    called("MultiHeadAttention/images, all axes", heads(), [(2, 3, 5), (4, 2, 5)], _pair),
    called("MultiHeadAttention/images, axis 1", heads(attention_axes=1), [(2, 3, 5), (4, 3, 5)], _pair),
    called("MultiHeadAttention/images, axis 2", heads(attention_axes=2), [(2, 3, 5), (2, 4, 5)], _scored),
    called("MultiHeadAttention/images, axis -2", heads(attention_axes=[-2]), [(2, 3, 5), (2, 4, 5)], _pair),
    called("MultiHeadAttention/images, axes 2 1", heads(attention_axes=(2, 1)), [(2, 3, 5), (4, 2, 5)], _scored),
    called("MultiHeadAttention/images of any size", heads(), [(None, None, 5)], lambda layer, x: layer(x, x)),
    called("MultiHeadAttention/rank 5", heads(attention_axes=(1, 3)), [(2, 3, 2, 4)], lambda layer, x: layer(x, x)),
    called(
        "MultiHeadAttention/attention_mask",
        heads(),
        [(4, 5), (6, 5), integers(0, 2, 3, 4, 6).astype(bool)],
        lambda layer, q, v, m: layer(q, v, attention_mask=m),
    ),
    called(
        "MultiHeadAttention/attention_mask of heads",
        heads(),
        [(4, 5), (6, 5), integers(0, 2, 3, 2, 4, 6)],
        lambda layer, q, v, m: layer(q, v, attention_mask=m, return_attention_scores=True),
    ),
    called(
        "MultiHeadAttention/attention_mask of images",
        heads(),
        [(2, 3, 5), (4, 2, 5), integers(0, 2, 3, 2, 3, 4, 2)],
        lambda layer, q, v, m: layer(q, v, attention_mask=m),
    ),
    called(
        "MultiHeadAttention/attention_mask and causal",
        heads(),
        [(4, 5), (6, 5), integers(0, 2, 3, 1, 6)],
        lambda layer, q, v, m: layer(q, v, attention_mask=m, use_causal_mask=True),
    ),
    called(
        "MultiHeadAttention/masks by name",
        heads(),
        [(4, 5), (6, 5), integers(0, 2, 3, 4).astype(bool), integers(0, 2, 3, 6, seed=1).astype(bool)],
        lambda layer, q, v, a, b: layer(q, v, query_mask=a, value_mask=b, key_mask=b),
    ),
    masked("MultiHeadAttention/query masked", heads(), (True, False), _pair),
    masked("MultiHeadAttention/value masked", heads(), (False, True), _pair),
    masked("MultiHeadAttention/both masked", heads(), (True, True), _pair),
    masked("MultiHeadAttention/both masked, causal", heads(), (True, True), _causal),
    masked("MultiHeadAttention/both masked, scores", heads(), (True, True), _scored),
    masked("MultiHeadAttention/both masked, dropout", heads(dropout=0.1), (True, True), _pair),
    masked("MultiHeadAttention/all masked", heads(), (True, True), _pair, tokens=NOWHERE),
    masked("MultiHeadAttention/key masked", heads(), (False, True), lambda layer, q, v: layer(q, v, v)),
]
GROUPED = [
    called("GroupQueryAttention", grouped(), [(4, 5), (6, 5)], _pair),
    called("GroupQueryAttention/one shared", grouped(num_key_value_heads=1), [(4, 5), (6, 5)], _pair),
    called("GroupQueryAttention/as many", grouped(num_key_value_heads=4), [(4, 5), (6, 5)], _pair),
    called("GroupQueryAttention/no bias", grouped(use_bias=False), [(4, 5), (6, 5)], _pair),
    called("GroupQueryAttention/key", grouped(), [(4, 5), (6, 5), (6, 5)], lambda layer, q, v, k: layer(q, v, k)),
    called("GroupQueryAttention/gate", grouped(use_gate=True), [(4, 5), (6, 5)], _pair),
    called("GroupQueryAttention/scores", grouped(), [(4, 5), (6, 5)], _scored),
    called("GroupQueryAttention/causal", grouped(), [(4, 5), (6, 5)], _causal),
    called("GroupQueryAttention/sliding window", grouped(sliding_window=2), [(4, 5), (6, 5)], _causal),
    called("GroupQueryAttention/any length", grouped(), [(None, 5), (None, 5)], _causal),
    called(
        "GroupQueryAttention/masks by name",
        grouped(),
        [(4, 5), (6, 5), integers(0, 2, 3, 4).astype(bool), integers(0, 2, 3, 6, seed=1).astype(bool)],
        lambda layer, q, v, a, b: layer(q, v, query_mask=a, value_mask=b, key_mask=b),
    ),
    called(
        "GroupQueryAttention/attention_mask",
        grouped(dropout=0.2),
        [(4, 5), (6, 5), integers(0, 2, 3, 4, 6)],
        lambda layer, q, v, m: layer(q, v, attention_mask=m),
    ),
    masked("GroupQueryAttention/both masked", grouped(), (True, True), _pair),
]
PLAIN = [
    called("Attention", lambda: layers.Attention(), [(4, 5), (6, 5)], _list),
    called("Attention/key", lambda: layers.Attention(), [(4, 5), (6, 3), (6, 5)], _list),
    called("Attention/scale", lambda: layers.Attention(use_scale=True, dropout=0.3), [(4, 5), (6, 5)], _list),
    called("Attention/concat", lambda: layers.Attention(score_mode="concat"), [(4, 5), (6, 5)], _list),
    called(
        "Attention/concat, scale",
        lambda: layers.Attention(score_mode="concat", use_scale=True),
        [(4, 5), (6, 5)],
        lambda layer, q, v: layer([q, v], return_attention_scores=True),
    ),
    called(
        "Attention/causal",
        lambda: layers.Attention(),
        [(None, 5), (None, 5)],
        lambda layer, q, v: layer([q, v], use_causal_mask=True),
    ),
    called("Attention/rank 4", lambda: layers.Attention(), [(2, 4, 5), (2, 6, 5)], _list),
    called(
        "Attention/masks given",
        lambda: layers.Attention(),
        [(4, 5), (6, 5), integers(0, 2, 3, 4).astype(bool), integers(0, 2, 3, 6, seed=1).astype(bool)],
        lambda layer, q, v, a, b: layer([q, v], mask=[a, b], use_causal_mask=True),
    ),
    called("Attention/awkward", lambda: layers.Attention(), [awkward(2, 3, 5), floats(2, 4, 5)], _list),
    masked("Attention/query masked", lambda: layers.Attention(), (True, False), _list),
    masked("Attention/both masked", lambda: layers.Attention(), (True, True), _list),
    masked(
        "Attention/both masked, causal",
        lambda: layers.Attention(),
        (True, True),
        lambda layer, q, v: layer([q, v], use_causal_mask=True, return_attention_scores=True),
    ),
    called("AdditiveAttention", lambda: layers.AdditiveAttention(), [(4, 5), (6, 5)], _list),
    called("AdditiveAttention/no scale", lambda: layers.AdditiveAttention(use_scale=False), [(4, 5), (6, 5)], _list),
    called("AdditiveAttention/key", lambda: layers.AdditiveAttention(), [(4, 5), (6, 3), (6, 5)], _list),
    called(
        "AdditiveAttention/any length",
        lambda: layers.AdditiveAttention(dropout=0.1),
        [(None, 5), (None, 5)],
        lambda layer, q, v: layer([q, v], use_causal_mask=True, return_attention_scores=True),
    ),
    masked("AdditiveAttention/both masked", lambda: layers.AdditiveAttention(), (True, True), _list),
]
ROWS = [*MULTI_HEAD, *GROUPED, *PLAIN]
