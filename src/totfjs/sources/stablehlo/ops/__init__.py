"""How operations run on `jax.lax`: a file per family, each with a table `RULES` of functions of operands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from totfjs.sources.stablehlo.operation import Rule

FAMILIES = (
    "elementwise",
    "shape",
    "contraction",
    "indexing",
    "reduction",
    "ordering",
    "control",
    "linalg",
    "custom",
    "refused",
)


@cache
def rules() -> Mapping[str, Rule]:
    """The rule of each operation by its name."""
    families = (import_module(f"{__name__}.{family}") for family in FAMILIES)
    return MappingProxyType({name: rule for family in families for name, rule in family.RULES.items()})
