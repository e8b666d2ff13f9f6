"""The op vocabulary: everything that the stock TensorFlow.js graph executor really runs, a file per family."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from totfjs.graph.ops.spec import BACKENDS, Attr, Backend, Call, Limit, Operand, OpError, OpSpec

FAMILIES = (
    "arithmetic",
    "division",
    "basic_math",
    "logical",
    "reduction",
    "slice_join",
    "slicing",
    "indexing",
    "transformation",
    "padding",
    "creation",
    "random",
    "structure",
    "convolution",
    "morphology",
    "pooling",
    "matrices",
    "normalization",
    "image",
    "warp",
    "dynamic",
    "evaluation",
    "control",
    "tensor_array",
    "tensor_list",
    "hash_table",
    "sparse",
    "spectral",
    "string",
)


@cache
def vocabulary() -> Mapping[str, OpSpec]:
    """Every spec by the name of its op. Each family is a module with a tuple `OPS`."""
    families = (import_module(f"{__name__}.{family}") for family in FAMILIES)
    return MappingProxyType({spec.name: spec for family in families for spec in family.OPS})


def spec(op: str) -> OpSpec:
    """The spec of an op; raises OpError when TensorFlow.js does not have it."""
    found = vocabulary().get(op)
    if found is None:
        raise OpError(f"TensorFlow.js has no op {op}")
    return found


__all__ = [
    "BACKENDS",
    "FAMILIES",
    "Attr",
    "Backend",
    "Call",
    "Limit",
    "OpError",
    "OpSpec",
    "Operand",
    "spec",
    "vocabulary",
]
