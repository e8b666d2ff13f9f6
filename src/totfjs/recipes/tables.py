"""Lookups in tables that are known when the model is made."""

from __future__ import annotations

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.types import DType, dtype_of
from totfjs.recipes.shapes import reshape


def lookup(asked: Tensor, keys: np.ndarray, values: np.ndarray, default: object) -> Tensor:
    """For each key, text or int32, its value, or the default. There has to be a key when the model runs."""
    builder = asked.builder
    table = builder.op("HashTableV2", key_dtype=asked.dtype, value_dtype=_kind(builder, values), name="table")
    filled = builder.op("LookupTableImportV2", table, builder.const(keys), builder.const(values))
    flat = reshape(asked, (dims.product(asked.shape),))
    missing = builder.const(np.array(default, values.dtype))
    return reshape(builder.op("LookupTableFindV2", filled, flat, missing), asked.shape)


def _kind(builder: Builder, values: np.ndarray) -> DType:
    return DType.STRING if values.dtype == object else dtype_of(values)
