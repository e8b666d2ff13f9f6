"""What a source computes on its way, beside the values of the graph that its lowering made of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from totfjs.graph.graph import Graph, Value


@dataclass(frozen=True)
class Intermediate:
    """One step: an operation or layer of the source, where it is, the value that was made of it, and what it gives."""

    step: str
    place: str
    value: Value
    expected: np.ndarray


@dataclass(frozen=True)
class Intermediates:
    """The steps in the order in which the source runs them, and the graph that was lowered, with nothing dropped."""

    graph: Graph
    steps: Sequence[Intermediate]
