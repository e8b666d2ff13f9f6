"""Attention of queries on keys and values as they are: dot products, or additive."""

from __future__ import annotations

from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.softmaxes import softmax
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.attention_masks import argument, as_mask, both, causal, inserted
from totfjs.sources.keras.layers.kind import Kind, weights
from totfjs.sources.keras.use import Flow, Use

# What Keras takes from a score that is masked.
_PENALTY = 1e9
_ARGUMENTS = ("inputs", "mask", "training", "return_attention_scores", "use_causal_mask")


def _attention(use: Use) -> Any:
    if len(use.flows) not in (2, 3):
        raise use.refuse("it takes a query, a value and a key")
    if use.layer.generation < 3 and argument(use, _ARGUMENTS, "training") and use.config.get("dropout", 0.0):
        raise use.refuse("it is called with training=True, which makes it random at inference")
    query, value, key = (use.float(flow.tensor) for flow in (*use.flows, use.flows[1])[:3])
    query_mask, value_mask = _masks(use)
    scores = _SCORES[use.layer.kind](use, query, key)
    weights = softmax(_penalised(use, scores, value_mask))
    result = use.builder.op("BatchMatMulV2", weights, value)
    if query_mask is not None:
        result = select(inserted(query_mask, -1), result, use.builder.like(result, 0))
    found = Flow(result, query_mask)
    return (found, Flow(weights)) if argument(use, _ARGUMENTS, "return_attention_scores") else found


def _masks(use: Use) -> tuple[Tensor | None, Tensor | None]:
    """The masks of query and value: those given, else their own."""
    given = argument(use, _ARGUMENTS, "mask") or [flow.mask for flow in use.flows]
    return as_mask(given[0]), as_mask(given[1])


def _penalised(use: Use, scores: Tensor, mask: Tensor | None) -> Tensor:
    rows, columns = scores.shape[-2:]
    if argument(use, _ARGUMENTS, "use_causal_mask") or use.config.get("causal", False):
        mask = inserted(mask, -2) if mask is not None else None
        mask = both(mask, causal(use.builder, rows, columns))
    elif mask is not None and mask.rank == 2:
        mask = inserted(mask, -2)
    if mask is None:
        return scores
    return select(mask, scores, elementwise("Sub", scores, use.builder.like(scores, _PENALTY)))


def _dot_scores(use: Use, query: Tensor, key: Tensor) -> Tensor:
    held = use.layer.weights
    if use.config.get("score_mode", "dot") == "dot":
        scores = use.builder.op("BatchMatMulV2", query, key, adj_y=True)
        return elementwise("Mul", scores, use.weight("scale")) if "scale" in held else scores
    sums = _sums(query, key)
    sums = elementwise("Mul", sums, use.weight("scale")) if "scale" in held else sums
    total = use.builder.op("Sum", elementwise("Tanh", sums), [-1])
    return elementwise("Mul", total, use.weight("concat_score_weight"))


def _additive_scores(use: Use, query: Tensor, key: Tensor) -> Tensor:
    bent = elementwise("Tanh", _sums(query, key))
    bent = elementwise("Mul", bent, use.weight("scale")) if "scale" in use.layer.weights else bent
    return use.builder.op("Sum", bent, [-1])


def _sums(query: Tensor, key: Tensor) -> Tensor:
    """Each query plus each key."""
    return elementwise("AddV2", inserted(query, -2), inserted(key, -3))


def _variables(layer: Layer) -> Any:
    mode = layer.config.get("score_mode", "dot")
    scaled = layer.config.get("use_scale", False)
    return weights(*(("scale",) if scaled else ()), *(("concat_score_weight",) if mode == "concat" else ()))


def _additive_variables(layer: Layer) -> Any:
    return weights("scale") if layer.config.get("use_scale", True) else ()


_SCORES = {"Attention": _dot_scores, "AdditiveAttention": _additive_scores}

LAYERS = {
    "Attention": Kind(_attention, _variables),
    "AdditiveAttention": Kind(_attention, _additive_variables),
}
