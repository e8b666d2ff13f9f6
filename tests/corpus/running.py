"""Converts a model of the corpus, runs it in TensorFlow.js and measures its error; tests and the benchmark share it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from tests.corpus.entry import Entry
from tests.corpus.rows import SIZES
from tests.graph.ops.harness import model_of
from totfjs.graph.dims import evaluate, symbols_of
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.ops import spec
from totfjs.passes import optimize
from totfjs.sources import jax as source
from totfjs.sources.jax._compat import jaxprs_in
from totfjs.verification.compare import compare
from totfjs.verification.record import Row
from totfjs.verification.samples import sample

ROOMS = (
    "linen",
    "linen_vision",
    "linen_sequence",
    "nnx",
    "haiku",
    "equinox",
    "keras_jax",
    "pure_arrays",
    "pure_attention",
    "pure_loops",
    "pure_numeric",
    "pure_vision",
)
RUN_ON = ("cpu", "wasm")
# By the shapes of what is fed: what is fed, and what JAX computes.
Answers: TypeAlias = dict[tuple[tuple[int, ...], ...], tuple[dict[str, Any], dict[str, Any]]]


def entries(rooms: Sequence[str] = ROOMS) -> Iterator[Entry]:
    """Every model."""
    for room in rooms:
        yield from import_module(f"tests.corpus.{room}").ENTRIES


@dataclass(frozen=True, eq=False)
class Converted:
    """A model after all passes, with what it is made from; `seconds` are those that the CPU took."""

    entry: Entry
    source: Any
    graph: Graph
    given: Mapping[str, np.ndarray]
    seconds: float

    @property
    def asynchronous(self) -> bool:
        """Whether it needs `executeAsync`."""
        return any(spec(node.op).asynchronous for node in self.graph if node.array is None)

    @property
    def nodes(self) -> int:
        """The nodes that compute, those of its functions included."""
        graphs = (self.graph, *self.graph.functions.values())
        return sum(node.array is None and node.op != "Placeholder" for graph in graphs for node in graph)

    @property
    def equations(self) -> int:
        """The equations of its jaxpr, those of inner ones included."""
        return _equations(self.source.traced.jaxpr.jaxpr)

    @cached_property
    def _model(self) -> tuple[dict[str, Any], bytes]:
        return model_of(self.graph)

    @property
    def json_bytes(self) -> int:
        """The size of `model.json`."""
        return len(json.dumps(self._model[0], separators=(",", ":")))

    def rows(self, engine: Any, backend: str, answers: Answers) -> Iterator[Row]:
        """The comparison of each output at each of the sizes. JAX is asked for the answers that are not there yet."""
        model, data = self._model
        session = engine.load(model, [data], backend=backend)
        tolerance = max(self.entry.tolerance, self.source.tolerance)
        try:
            for sizes in self._rounds():
                fed, expected = self._answer(sizes, answers)
                actual = session.execute(fed)
                assert list(actual) == list(expected)
                for name, value in expected.items():
                    yield compare(backend, sizes, name, actual[name], value, tolerance)
        finally:
            session.close()

    def _rounds(self) -> tuple[dict[str, int], ...]:
        dynamic = symbols_of(size for kind in self.source.inputs.values() for size in kind.shape)
        return SIZES if dynamic else SIZES[1:]

    def _answer(self, sizes: dict[str, int], answers: Answers) -> tuple[dict[str, Any], dict[str, Any]]:
        types = self.source.inputs.values()
        shapes = tuple(tuple(evaluate(size, sizes) for size in kind.shape) for kind in types)
        if shapes not in answers:
            fed = {**sample(self.graph, self.source.inputs, sizes, seed=5), **self.given}
            answers[shapes] = fed, self.source.evaluate(fed)
        return answers[shapes]


def convert(entry: Entry) -> Iterator[Converted]:
    """The model for its fixed and for its dynamic inputs, after all passes."""
    model, weights = entry.build()
    for inputs in (entry.fixed, entry.dynamic):
        if inputs is not None:
            start = time.process_time()
            opened = source.load(model, inputs=inputs, weights=weights)
            graph = distinct(optimize(opened.graph()))
            seconds = time.process_time() - start
            given = {name: _fed(item) for name, item in inputs.items() if isinstance(item, np.ndarray | np.generic)}
            yield Converted(entry, opened, graph, given, seconds)


def _fed(given: np.ndarray | np.generic) -> np.ndarray:
    """An array as TensorFlow.js takes it: unsigned words as their bits."""
    array = np.asarray(given)
    return array.view(np.int32) if array.dtype == np.uint32 else array


def _equations(jaxpr: Any) -> int:
    return sum(1 + sum(map(_equations, jaxprs_in(equation.params))) for equation in jaxpr.eqns)
