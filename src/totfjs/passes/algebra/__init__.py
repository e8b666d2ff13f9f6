"""Algebra: local rules that leave less to compute, or the same on a faster kernel. A table of rules a file."""

from __future__ import annotations

from totfjs.graph.graph import Graph
from totfjs.passes.algebra import (
    activations,
    identities,
    normalizations,
    products,
    reductions,
    scaling,
    shapes,
    stacks,
    transposes,
)
from totfjs.passes.rewriting import rewrite

RULES = (
    *identities.RULES,
    *shapes.RULES,
    *stacks.RULES,
    *transposes.RULES,
    *reductions.RULES,
    *normalizations.RULES,
    *scaling.RULES,
    *activations.RULES,
    *products.RULES,
)


def simplify(graph: Graph) -> Graph:
    """The graph to which no rule of algebra applies any more.

    Requires nothing: each rule checks what it needs. Ensures that values stay what they were, up to the sign of zero
    and a rounding of two units in the last place per replaced op.
    """
    return rewrite(graph, RULES)


__all__ = ["RULES", "simplify"]
