"""The ops of TensorFlow, a file per family with its table OPS (name → Op, or the rule alone), and one REFUSED."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from totfjs.families import joined
from totfjs.sources.tensorflow.ops.op import Op, as_op

FAMILIES = (
    "core",
    "control",
    "lists",
    "arrays",
    "casts",
    "complexes",
    "elementwise",
    "comparison",
    "arithmetic",
    "random",
    "stateless",
    "quantisation",
    "bitwise",
    "special",
    "gathering",
    "searching",
    "tables",
    "strings",
    "sparse",
    "ragged",
    "scattering",
    "counting",
    "segments",
    "distinct",
    "convolution",
    "transposed",
    "pooling",
    "normalisation",
    "softmaxes",
    "fused",
    "resizing",
    "detection",
    "warping",
    "colours",
    "patches",
    "shapes",
    "joining",
    "slicing",
    "filling",
    "reductions",
    "products",
    "padding",
    "rearranging",
    "scans",
    "einsum",
    "diagonals",
    "xla",
    "linalg",
    "spectral",
)


@cache
def table() -> Mapping[str, Op]:
    """Every op that is lowered, by its name."""
    return {name: as_op(row) for name, row in joined(__name__, FAMILIES, "OPS").items()}


@cache
def refused() -> Mapping[str, str]:
    """Ops that no model is converted with, by name, and why."""
    return joined(__name__, [name for name in FAMILIES if hasattr(_family(name), "REFUSED")], "REFUSED")


def _family(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")
