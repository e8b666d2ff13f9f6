"""Seeded rounds that a model and what it is held against both take."""

from __future__ import annotations

from totfjs.graph.dims import symbols_of
from totfjs.sources.source import Source
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.fitting import fits, fitted
from totfjs.verification.round import Round
from totfjs.verification.samples import rounds, sample


def turns_of(model: Source, reference: Source, seed: int) -> list[Round]:
    """Seeded inputs in sizes that the model and its reference take; nothing is expected of them yet."""
    graph = model.graph(())
    turns, drawn, fit = [], drawn_outputs(graph), fits(graph)
    symbols = set(symbols_of(size for kind in reference.inputs.values() for size in kind.shape))
    own = [limit for limit in model.limits if symbols.issuperset(symbols_of((limit.size, limit.least)))]
    for index, each in enumerate(rounds(reference.inputs, (*reference.limits, *own))):
        sizes = fitted(each, fit)
        turns.append(Round(sizes, sample(graph, reference.inputs, sizes, seed + index), dict, drawn))
    return turns
