"""Embeddings, and the masks that models begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.slicing import take
from totfjs.recipes.special.approximation import filled
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable, weights
from totfjs.sources.keras.layers.lora import adapted, with_lora
from totfjs.sources.keras.use import Flow, Use


def _embedding(use: Use) -> Flow:
    """Rows of a table. An index outside of it stops the model on cpu and wasm, as it does in TensorFlow."""
    x, table = use.x, _table(use)
    use.note(
        f"{use.layer} takes 0 to {table.shape[0] - 1}: another index stops the model on cpu and wasm, as it does in "
        "TensorFlow, and gives zeros on GPUs; Keras on JAX gives NaN, or counts from the end."
    )
    mask = elementwise("NotEqual", x, x.builder.like(x, 0)) if use.config.get("mask_zero") else None
    places = x if x.dtype is DType.INT32 else x.builder.op("Cast", x, DstT=DType.INT32)
    return Flow(take(table, places, 0), mask)


def _reversible(use: Use) -> Any:
    if not use.kwargs.get("reverse"):
        return _embedding(use)
    x, tied = use.float(use.x), use.config.get("tie_weights", True)
    if use.config.get("reverse_dtype") not in (None, "float32"):
        use.note(f"{use.layer}: its {use.config['reverse_dtype']} products are computed in float32.")
    kernel, axis = (_table(use), 1) if tied else (use.weight("reverse_embeddings"), 0)
    logits = dot(x, kernel, ((x.rank - 1,), (axis,)), ((), ()))
    cap = use.config.get("logit_soft_cap")
    return logits if cap is None else elementwise("Tanh", logits / float(cap)) * float(cap)


def _table(use: Use) -> Tensor:
    return adapted(use, "embeddings")


def _variables(layer: Layer) -> Sequence[Variable]:
    return weights("embeddings", *(() if layer.config.get("tie_weights", True) else ("reverse_embeddings",)))


def _masking(use: Use) -> Flow:
    """Steps all of whose features are the value become zeros, and do not count."""
    x, value = use.x, np.asarray(use.config.get("mask_value", 0.0))
    whole = x.dtype is not DType.FLOAT32 and bool((value == np.trunc(value)).all())
    compared = x if whole else use.float(x)
    bound = x.builder.const(value.astype(np.int32 if whole else np.float32))
    unlike = elementwise("NotEqual", compared, bound)
    kept, mask = (x.builder.op("Any", unlike, [x.rank - 1], keep_dims=keep) for keep in (True, False))
    if use.layer.generation < 3 and not np.isfinite(value).all():
        return Flow(x * x.builder.op("Cast", kept, DstT=x.dtype), mask)
    return Flow(select(kept, x, filled(x, 0)), mask)


LAYERS = {
    "Embedding": Kind(_embedding, with_lora(_variables, "embeddings")),
    "ReversibleEmbedding": Kind(_reversible, with_lora(_variables, "embeddings")),
    "Masking": Kind(_masking),
}
