"""A small source without any framework: a graph with its own meaning, or a wrong one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.conversion import model_json
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct, weights
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.limits import AtLeast
from totfjs.graph.types import DType, TensorType
from totfjs.targets import write_graph_model


def affine(scale: float = 2.0) -> Graph:
    """y = x * scale + [0, 1, 2], over a dynamic batch."""
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (symbol("b"), 3))
    y = x * builder.const(np.float32(scale), name="scale") + builder.const(np.arange(3, dtype=np.float32), name="shift")
    return distinct(builder.build({"y": y}))


@dataclass(frozen=True)
class GraphSource:
    """A source that is a graph; `wrong` adds to what it claims to compute."""

    original: Graph
    wrong: float = 0.0
    notes: Sequence[str] = ()
    tolerance: float = 0.0
    reference: str = "the source"
    limits: Sequence[AtLeast] = ()

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        return {name: self.original.type(value) for name, value in self.original.inputs.items()}

    @property
    def description(self) -> Mapping[str, Any]:
        return {}

    def graph(self, backends: Sequence[str]) -> Graph:
        return replace(self.original, backends=tuple(backends))

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: value + self.wrong for name, value in interpret(self.original, inputs).items()}


def write(graph: Graph, directory: Path, **options: object) -> Path:
    """The graph as a web model."""
    write_graph_model(directory, model_json(graph), weights(graph), **options)  # type: ignore[arg-type]
    return directory
