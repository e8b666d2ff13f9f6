"""How primitives are lowered: a file per family, each with a table `RULES` of functions of equation and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

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
    "integers",
    "random",
)


@cache
def rules() -> Mapping[str, Rule]:
    """The rule of each primitive by its name."""
    families = (import_module(f"{__name__}.{family}") for family in FAMILIES)
    return MappingProxyType({name: rule for family in families for name, rule in family.RULES.items()})
