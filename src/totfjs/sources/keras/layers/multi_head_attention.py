"""Attention with heads: projections of query, key and value, and of what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.recipes.slicing import take
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.attention_masks import (
    argument,
    as_mask,
    both,
    causal,
    inserted,
    softmax_under,
    window,
)
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.use import Flow, Use


def _multi_head(use: Use) -> Any:
    return _attended(use, use.config["key_dim"], {"query": "query_dense", "key": "key_dense", "value": "value_dense",
                                                   "output": "output_dense"})  # fmt: skip


def _grouped_query(use: Use) -> Any:
    return _attended(use, use.config["head_dim"], {"query": "_query_dense", "key": "_key_dense",
                                                   "value": "_value_dense", "output": "_output_dense"})  # fmt: skip


# The arguments of a call, in Keras 3 and before.
_ARGUMENTS = ("query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask",
              "return_attention_scores", "training", "use_causal_mask")  # fmt: skip
_ARGUMENTS_2 = ("query", "value", "key", "attention_mask", "return_attention_scores", "training", "use_causal_mask")


def _given(use: Use, name: str) -> Any:
    names = _ARGUMENTS if use.layer.generation >= 3 else _ARGUMENTS_2
    return argument(use, names, name) if name in names else use.kwargs.get(name)


def _attended(use: Use, size: int, names: Mapping[str, str]) -> Any:
    query, value = (_given(use, name) for name in ("query", "value"))
    key = _given(use, "key") or value
    if use.layer.generation < 3 and _given(use, "training") and use.config.get("dropout", 0.0):
        raise use.refuse("it is called with training=True, which makes it random at inference")
    sources = [use.float(flow.tensor) for flow in (query, key, value)]
    scores_wanted = bool(_given(use, "return_attention_scores"))
    # Multiplying the query instead of the scores lets the factor go into its weights.
    factors = {"query": float(np.float32(1 / np.sqrt(size)))}
    q, k, v = (
        _projected(use, names[name], x, factors.get(name))
        for name, x in zip(("query", "key", "value"), sources, strict=True)
    )
    heads = _Heads.of(use, q)
    k, v = (_repeated(x, q.shape[-2]) for x in (k, v))
    scores = use.builder.op("BatchMatMulV2", heads.inside(q), heads.inside(k), adj_y=True)
    fused = q.rank == 4 and not scores_wanted and not use.config.get("dropout", 0.0)
    weights = softmax_under(use, scores, heads.mask(_mask(use, query, value, key), q, k), fused)
    found = heads.outside(use.builder.op("BatchMatMulV2", weights, heads.inside(v)), q, v)
    result = _output(use, names["output"], _flat(found, 2), sources[0])
    if not scores_wanted:
        return Flow(result, query.mask)
    return Flow(result, query.mask), Flow(heads.scores(weights, q, k))


@dataclass(frozen=True)
class _Heads:
    """Where the axes of a projected tensor (batch, …, heads, size) go: places that see each other become one axis."""

    batch: tuple[int, ...]
    seen: tuple[int, ...]

    @classmethod
    def of(cls, use: Use, x: Tensor) -> _Heads:
        """As the layer's `attention_axes` say."""
        given = use.config.get("attention_axes")
        given = [given] if isinstance(given, int) else given
        seen = [axis % (x.rank - 1) for axis in given] if given else range(1, x.rank - 2)
        if 0 in seen or any(axis > x.rank - 3 for axis in seen):
            raise use.refuse(f"its attention_axes {given} are not those of sequences")
        return cls(tuple(axis for axis in range(x.rank - 1) if axis not in seen), tuple(seen))

    @property
    def order(self) -> list[int]:
        """The axes as `inside` has them, those that are seen still apart."""
        return [*self.batch, *self.seen, len(self.batch) + len(self.seen)]

    def seen_by(self, x: Tensor) -> Shape:
        """The sizes of the axes that are seen."""
        return tuple(x.shape[axis] for axis in self.seen)

    def inside(self, x: Tensor) -> Tensor:
        """(batch…, heads, places, size)."""
        moved = transpose(x, self.order)
        return reshape(moved, (*moved.shape[: len(self.batch)], dims.product(self.seen_by(x)), moved.shape[-1]))

    def outside(self, x: Tensor, query: Tensor, value: Tensor) -> Tensor:
        """The way back: the axes of the query, the size of the value."""
        apart = reshape(x, (*(query.shape[axis] for axis in self.batch), *self.seen_by(query), value.shape[-1]))
        return transpose(apart, [int(axis) for axis in np.argsort(self.order)])

    def scores(self, x: Tensor, query: Tensor, key: Tensor) -> Tensor:
        """Scores as Keras returns them, with each axis of their own."""
        return reshape(x, (*x.shape[:-2], *self.seen_by(query), *self.seen_by(key)))

    def mask(self, mask: Tensor | None, query: Tensor, key: Tensor) -> Tensor | None:
        """A mask in the form of the scores inside: missing dims come before those of the places."""
        if mask is None:
            return None
        count = len(self.seen)
        while mask.rank < len(self.batch) + 2 * count:
            mask = inserted(mask, -2 * count - 1)
        if count == 1:
            return mask
        rows, columns = self.seen_by(query), self.seen_by(key)
        whole = broadcast_to(mask, (*mask.shape[: -2 * count], *rows, *columns))
        return reshape(whole, (*mask.shape[: -2 * count], dims.product(rows), dims.product(columns)))


def _mask(use: Use, query: Flow, value: Flow, key: Flow) -> Tensor | None:
    """All that keeps places from each other, in one mask (batch, query places, key places)."""
    own = None if use.layer.kind == "MultiHeadAttention" else _given(use, "query_mask")
    mask = as_mask(own if own is not None else query.mask)
    mask = inserted(mask, -1) if mask is not None else None
    for name, flow in (("value", value), ("key", key)):
        given = _given(use, f"{name}_mask")
        held = flow.mask if _given(use, name) is not None else None
        there = as_mask(given if given is not None else held)
        mask = both(mask, inserted(there, -2) if there is not None else None)
    rows, columns = query.tensor.shape[1], value.tensor.shape[1]
    if _given(use, "use_causal_mask"):
        mask = both(mask, causal(use.builder, rows, columns))
    if use.config.get("sliding_window") is not None:
        mask = both(mask, window(use.builder, rows, columns, use.config["sliding_window"]))
    return both(as_mask(_given(use, "attention_mask")), mask)


# --- projections ---


def _projected(use: Use, name: str, x: Tensor, factor: float | None = None, gate: bool = False) -> Tensor:
    """The last axis of `x` becomes (heads, size)."""
    child = use.layer.children[name]
    kernel = child.weights["kernel"]
    y = _product(use, child, x, (kernel.shape[0], int(np.prod(kernel.shape[1:]))))
    y = elementwise("Mul", y, use.builder.like(y, factor)) if factor is not None else y
    y = elementwise("Sigmoid", y) if gate else y
    return y if gate else reshape(y, (*x.shape[:-1], *kernel.shape[1:]))


def _output(use: Use, name: str, x: Tensor, query: Tensor) -> Tensor:
    """Heads, which are one axis, to what the layer gives; through its gate if it has one."""
    if use.config.get("use_gate", False):
        x = elementwise("Mul", x, _projected(use, "_gate_dense", query, gate=True))
    child = use.layer.children[name]
    shape = child.weights["kernel"].shape
    y = _product(use, child, x, (shape[0] * shape[1], int(np.prod(shape[2:]))))
    return reshape(y, (*x.shape[:-1], *shape[2:]))


def _product(use: Use, child: Layer, x: Tensor, shape: tuple[int, int]) -> Tensor:
    kernel = reshape(use.const(child.weights["kernel"], f"{child.name}/kernel"), shape)
    y = dot(x, kernel, ((x.rank - 1,), (0,)), ((), ()))
    if "bias" not in child.weights:
        return y
    return elementwise("AddV2", y, reshape(use.const(child.weights["bias"], f"{child.name}/bias"), shape[1:]))


def _flat(x: Tensor, count: int) -> Tensor:
    """The last dims of `x` as one."""
    return reshape(x, (*x.shape[:-count], dims.product(x.shape[-count:])))


def _repeated(x: Tensor, heads: Any) -> Tensor:
    """Each head of keys or values as often as queries share it."""
    own = x.shape[-2]
    if own == heads or not isinstance(own, int):
        return x
    places = np.repeat(np.arange(own), heads // own).astype(np.int32)
    return take(x, x.builder.const(places), x.rank - 2)


def _children(names: Sequence[str]) -> Any:
    """The projections in the order in which Keras makes them; `gate` is there if the layer has one."""

    def held(layer: Layer) -> dict[str, Layer]:
        biased = layer.config.get("use_bias", True)
        kept = [name for name in names if "gate" not in name or layer.config.get("use_gate", False)]
        return {name: _dense(layer, _NAMES[name.strip("_")], biased) for name in kept}

    return held


_NAMES = {
    "query_dense": "query",
    "key_dense": "key",
    "gate_dense": "gate",
    "value_dense": "value",
    "output_dense": "attention_output",
}


def _dense(layer: Layer, name: str, biased: bool) -> Layer:
    config = {"name": name, "bias_axes": "de" if biased else None, "trainable": layer.trainable}
    return Layer("EinsumDense", name, config, generation=layer.generation)


_GROUPED = Kind(
    _grouped_query, children=_children(("_query_dense", "_key_dense", "_gate_dense", "_value_dense", "_output_dense"))
)

LAYERS = {
    "MultiHeadAttention": Kind(
        _multi_head, children=_children(("query_dense", "key_dense", "_gate_dense", "value_dense", "output_dense"))
    ),
    "GroupQueryAttention": _GROUPED,
    "GroupedQueryAttention": _GROUPED,
}
