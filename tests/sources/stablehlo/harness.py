"""Exports functions of JAX and holds what is read of the artifact against XLA, in real TensorFlow.js."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax import export

from tests.sources.jax.harness import Case, compare, unchanged
from totfjs.graph.graph import Graph
from totfjs.passes import optimize
from totfjs.sources import stablehlo
from totfjs.sources.jax.inputs import abstract, read_inputs


def exported(function: Callable[..., Any], *inputs: Any, platforms: tuple[str, ...] = ("cpu",)) -> export.Exported:
    """A function exported for inputs that are arrays, or specs such as `float32[b,3]`."""
    specs = {f"x{index}": spec if isinstance(spec, str) else _struct(spec) for index, spec in enumerate(inputs)}
    jitted = function if hasattr(function, "lower") else jax.jit(function)
    return export.export(jitted, platforms=platforms)(*abstract(list(read_inputs(specs).values())))


def _struct(array: Any) -> Any:
    return jax.ShapeDtypeStruct(np.shape(array), np.asarray(array).dtype)


def check(engine: Any, row: Case, backend: str, passes: Callable[[Graph], Graph] = unchanged) -> None:
    """Exports a function, reads it, and compares the graph with XLA."""
    model = stablehlo.load(exported(row.function, *row.inputs))
    given = {
        leaf.name: np.asarray(value)
        for leaf, value in zip(model.leaves, row.inputs, strict=True)
        if not isinstance(value, str)
    }
    compare(engine, model, backend, row.tolerance, given, passes)


def ops(graph: Graph) -> int:
    """How many operations an optimised graph has."""
    return sum(node.array is None and node.op != "Placeholder" for node in optimize(graph))


def fed(model: Any, **sizes: int) -> Mapping[str, np.ndarray]:
    """Seeded inputs."""
    from totfjs.graph.dims import evaluate

    random = np.random.default_rng(0)
    shapes = {name: tuple(evaluate(size, sizes) for size in kind.shape) for name, kind in model.inputs.items()}
    return {name: random.normal(size=shape).astype(model.inputs[name].dtype.numpy) for name, shape in shapes.items()}
