"""Sizes that a graph can be run with: where a dim is a quotient, as after `reshape(x, [-1, 4])`, not all sizes fit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from totfjs.graph import dims
from totfjs.graph.dims import Dim, Size, evaluate, symbols_of
from totfjs.graph.graph import Graph

# How far a size is moved to fit, and how many combinations are looked at.
_FARTHEST, _MOST = 24, 20_000
Sizes = dict[str, int]


def fits(graph: Graph) -> Callable[[Sizes], bool]:
    """Whether every reshape of a graph keeps the number of elements, as far as given sizes decide it."""
    pairs = {pair for node in graph if node.op == "Reshape" if (pair := _counts(graph, node.name)) is not None}

    def fit(sizes: Sizes) -> bool:
        decided = (pair for pair in pairs if set(symbols_of(pair)) <= sizes.keys())
        return all(evaluate(before, sizes) == evaluate(after, sizes) for before, after in decided)

    return fit


def fitted(sizes: Sizes, fit: Callable[[Sizes], bool]) -> Sizes:
    """The sizes, or larger ones near them that fit; the sizes as they are if none do."""
    if not sizes or fit(sizes):
        return sizes
    farthest = min(_FARTHEST, int(_MOST ** (1 / len(sizes))))
    steps = sorted(product(range(farthest + 1), repeat=len(sizes)), key=sum)
    found = (dict(zip(sizes, map(sum, zip(sizes.values(), step, strict=True)), strict=True)) for step in steps)
    return next(filter(fit, found), sizes)


def _counts(graph: Graph, name: str) -> tuple[Size, Size] | None:
    """The elements before and after a reshape, where these are not the same whatever the sizes are."""
    node = graph.nodes[name]
    before, after = dims.product(graph.type(node.inputs[0]).shape), dims.product(node.types[0].shape)
    return (before, after) if before != after and (isinstance(before, Dim) or isinstance(after, Dim)) else None
