"""How primitives of complex numbers are lowered: tables `RULES` like those of the real families.

A rule gets a `Complex` for each complex operand and a `Tensor` for each other one, and returns the same kinds. It is
asked when an operand or a result of an equation is complex.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from totfjs.families import joined
from totfjs.sources.jax.equation import ComplexRule

FAMILIES = ("movement", "elementwise", "products", "ordering", "fourier", "linalg")


@cache
def rules() -> Mapping[str, ComplexRule]:
    """The rule of each primitive by its name."""
    return joined(__name__, FAMILIES, "RULES")
