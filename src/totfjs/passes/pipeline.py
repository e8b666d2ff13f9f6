"""The passes in their order, run until none of them finds anything to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.passes.algebra import simplify
from totfjs.passes.bound_masks import bound_masks
from totfjs.passes.check import check_same
from totfjs.passes.common_subexpressions import merge_common_subexpressions
from totfjs.passes.dead_nodes import drop_dead_nodes
from totfjs.passes.flatten_rows import flatten_rows
from totfjs.passes.fold_batch_norm import fold_batch_norm
from totfjs.passes.fold_constants import fold_constants
from totfjs.passes.fold_pad import fold_pad
from totfjs.passes.fuse_activation import fuse_activation
from totfjs.passes.fuse_bias import fuse_bias
from totfjs.passes.host_values import keep_on_host
from totfjs.passes.join_slices import join_slices
from totfjs.passes.join_splits import join_splits
from totfjs.passes.split_batches import split_batches
from totfjs.passes.store_floats import store_floats

Pass: TypeAlias = Callable[[Graph], Graph]

FOLDING: tuple[Pass, ...] = (
    drop_dead_nodes,
    merge_common_subexpressions,  # before folding, or the same weights would be stored for every turn of a loop
    fold_constants,
    simplify,
    fold_batch_norm,
    fold_pad,
    join_slices,
    join_splits,
)
# Fused ops and single products are opaque to the passes above, so these come last. Projections that have their bias in
# them are the fewest ops to make head by head.
FUSION: tuple[Pass, ...] = (fuse_bias, split_batches, flatten_rows, fuse_activation)
PIPELINE: tuple[tuple[Pass, ...], ...] = (FOLDING, FUSION)
# What the passes above would undo is done once, after all of them.
FINISH: tuple[Pass, ...] = (bound_masks, store_floats, keep_on_host)
# Each round ends with less to do; this many cannot be needed.
ROUNDS = 100


def optimize(
    graph: Graph,
    stages: Sequence[Sequence[Pass]] = PIPELINE,
    finish: Sequence[Pass] = FINISH,
    *,
    check: Mapping[str, np.ndarray] | None = None,
) -> Graph:
    """The graph after every pass has nothing left to do, and its functions likewise; the same object when that was so.

    With inputs to `check`, every step is run before and after in numpy and has to compute the same.
    """
    functions = {name: optimize(function, stages, finish) for name, function in graph.functions.items()}
    if any(functions[name] is not function for name, function in graph.functions.items()):
        graph = replace(graph, functions=functions)
    graph = _settled(graph, stages, check)
    for step in finish:
        after = step(graph)
        if check is not None and after is not graph:
            check_same(graph, after, check, step.__name__)
        graph = after
    return graph


def _settled(graph: Graph, stages: Sequence[Sequence[Pass]], check: Mapping[str, np.ndarray] | None) -> Graph:
    done: dict[Pass, Graph] = {}
    for _ in range(ROUNDS):
        after = graph
        for stage in stages:
            after = _to_the_end(after, stage, check, done)
        if after is graph:
            return graph
        graph = after
    raise AssertionError("the passes undo each other")


def _to_the_end(
    graph: Graph, stage: Sequence[Pass], check: Mapping[str, np.ndarray] | None, done: dict[Pass, Graph]
) -> Graph:
    """`done` has what each pass made: it has nothing to do there."""
    for _ in range(ROUNDS):
        before = graph
        for step in stage:
            if done.get(step) is graph:
                continue
            after = step(graph)
            if check is not None and after is not graph:
                check_same(graph, after, check, step.__name__)
            graph = done[step] = after
        if graph is before:
            return graph
    raise AssertionError(f"the passes undo each other: {', '.join(step.__name__ for step in stage)}")
