"""How primitives are lowered: a file per family, each with a table `RULES` of functions of equation and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from totfjs.families import joined
from totfjs.sources.jax.equation import Rule

FAMILIES = (
    "elementwise",
    "special",
    "comparison",
    "conversion",
    "reduction",
    "shape",
    "contraction",
    "convolution",
    "indexing",
    "scatter",
    "window",
    "ordering",
    "control",
    "linalg",
    "random",
)
# What says of integers more exactly what the others say of numbers.
REFINEMENTS = ("integers",)


@cache
def rules() -> Mapping[str, Rule]:
    """The rule of each primitive by its name."""
    return {**plain_rules(), **joined(__name__, REFINEMENTS, "RULES")}


@cache
def plain_rules() -> Mapping[str, Rule]:
    """The rules as they are without the refinements, which build on them."""
    return joined(__name__, FAMILIES, "RULES")
