"""Holds JAX functions against themselves through real TensorFlow.js: the lowered graph, not optimised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.graph.ops.harness import assert_close, run
from totfjs.graph.dims import evaluate, symbols_of
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.sources import jax as source

RUN_ON = ("cpu", "wasm")
# Two sizes for each dynamic dim.
SIZES = ({"b": 2, "t": 5, "h": 3}, {"b": 3, "t": 4, "h": 2})


@dataclass(frozen=True)
class Case:
    """A function of arrays, with inputs given by value, or by spec and fed with seeded random numbers."""

    label: str
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    tolerance: float

    def __str__(self) -> str:
        return self.label


def case(label: str, function: Callable[..., Any], *inputs: Any, tolerance: float = 2e-6) -> Case:
    """A row of a table. The tolerance is relative to the largest element of each output."""
    return Case(label, function, inputs, tolerance)


def unchanged(graph: Graph) -> Graph:
    """No pass."""
    return graph


def check(engine: Any, row: Case, backend: str, passes: Callable[[Graph], Graph] = unchanged) -> None:
    """Converts the function and compares it with JAX, at two sizes of dynamic dims."""
    names = [f"x{index}" for index in range(len(row.inputs))]
    model = source.load(row.function, inputs=dict(zip(names, row.inputs, strict=True)))
    pairs = [(name, value) for name, value in zip(names, row.inputs, strict=True) if not isinstance(value, str)]
    given = {name: part for pair in pairs for name, part in _apart(*pair)}
    compare(engine, model, backend, row.tolerance, given, passes)


def compare(
    engine: Any,
    model: Any,
    backend: str,
    tolerance: float,
    given: Mapping[str, np.ndarray] = {},
    passes: Callable[[Graph], Graph] = unchanged,
) -> None:
    """Compares a source with its own graph in TensorFlow.js."""
    graph = distinct(passes(model.graph(("cpu", "wasm", "webgl", "webgpu"))))
    dynamic = symbols_of(size for kind in model.inputs.values() for size in kind.shape)
    for sizes in SIZES if dynamic else SIZES[:1]:
        fed = {name: _array(kind, sizes) for name, kind in model.inputs.items()} | dict(given)
        fed = {name: value.astype(model.inputs[name].dtype.numpy) for name, value in fed.items()}
        expected = model.evaluate(fed)
        actual = run(engine, graph, fed, backend)
        assert list(actual) == list(expected)
        for name, value in expected.items():
            assert_close(actual[name], value, tolerance, accumulates=True)


def _apart(name: str, value: Any) -> list[tuple[str, np.ndarray]]:
    """What is fed for a value: complex numbers as their parts."""
    if np.asarray(value).dtype.kind != "c":
        return [(name, value)]
    return [(f"{name}.real", np.array(value.real)), (f"{name}.imag", np.array(value.imag))]


def _array(kind: Any, sizes: Mapping[str, int]) -> np.ndarray:
    shape = tuple(evaluate(size, sizes) for size in kind.shape)
    random = np.random.default_rng([*shape, 7])
    if kind.dtype.value == "float32":
        return random.normal(size=shape).astype(np.float32)
    return random.integers(0, 2 if kind.dtype.value == "bool" else 4, shape).astype(kind.dtype.numpy)
