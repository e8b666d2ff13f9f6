"""The ops of TensorFlow, a file per family with its table OPS: name → Op, or the rule alone."""

from __future__ import annotations

from functools import cache
from importlib import import_module

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
def table() -> dict[str, Op]:
    """Every op that is lowered, by its name."""
    found: dict[str, Op] = {}
    for family in FAMILIES:
        for name, row in import_module(f"{__name__}.{family}").OPS.items():
            if name in found:
                raise AssertionError(f"{name} is in two families")
            found[name] = as_op(row)
    return found
