"""How operations run on `jax.lax`: a file per family, each with a table `RULES` of functions of operands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from totfjs.families import joined
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
    return joined(__name__, FAMILIES, "RULES")
