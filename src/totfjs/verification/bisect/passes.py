"""Finds the pass that changes what a graph computes: the pipeline is run step by step, and each step computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import wraps

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.passes import pipeline
from totfjs.passes.pipeline import Pass, optimize
from totfjs.verification.bisect.agree import agree
from totfjs.verification.bisect.trace import trace


@dataclass(frozen=True)
class Applied:
    """A pass that changed a graph."""

    name: str
    before: Graph
    after: Graph


def applied(graph: Graph) -> list[Applied]:
    """The passes in the order in which they changed a graph."""
    steps: list[Applied] = []

    def watched(step: Pass) -> Pass:
        @wraps(step)
        def run(before: Graph) -> Graph:
            after = step(before)
            if after is not before:
                steps.append(Applied(step.__name__, before, after))
            return after

        return run

    optimize(graph, [[watched(step) for step in stage] for stage in pipeline.PIPELINE])
    own = {frozenset(graph.outputs)}
    return [step for step in steps if frozenset(step.after.outputs) in own]


def guilty(steps: Sequence[Applied], inputs: Mapping[str, np.ndarray], tolerance: float) -> Applied | None:
    """The first pass after which a graph computes something else than before the first of them."""
    if not steps:
        return None
    expected = trace(steps[0].before, inputs).outputs
    low, high = -1, len(steps) - 1
    if agree(trace(steps[high].after, inputs).outputs, expected, tolerance):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        right = agree(trace(steps[middle].after, inputs).outputs, expected, tolerance)
        low, high = (middle, high) if right else (low, middle)
    return steps[high]
