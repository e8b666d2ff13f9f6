"""The proof that `convert` gives: the written files, run in a real TensorFlow.js, compute what the source computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from totfjs.errors import EngineError
from totfjs.graph.graph import Graph
from totfjs.runtime import BROWSER, Engine, Session
from totfjs.runtime.model_files import read_model
from totfjs.sources.source import Source
from totfjs.sources.tfjs import read_web_model
from totfjs.verification.compare import compare, compare_kinds
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.fitting import fits, fitted
from totfjs.verification.plan import Plan
from totfjs.verification.record import Row, Timing, Verification
from totfjs.verification.samples import Sizes, rounds, sample


@dataclass(frozen=True)
class Round:
    """One set of inputs, and what is expected of them, which may still be on its way.

    Of outputs that are `drawn`, which are random, other numbers are expected.
    """

    sizes: Sizes
    inputs: Mapping[str, np.ndarray]
    expected: Callable[[], Mapping[str, np.ndarray]]
    drawn: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proof:
    """A proof under way: the source is computing what it gives for a few inputs, while the model is being written."""

    plan: Plan
    source: Source
    turns: Sequence[Round]
    backends: tuple[str, ...]
    not_run: Mapping[str, str]


def begin(plan: Plan, source: Source, graph: Graph) -> Proof:
    """Chooses backends and inputs for a graph as far as the plan allows, and lets the source compute."""
    if plan.unavailable:
        return Proof(plan, source, (), (), {"all": plan.unavailable})
    sizes = tuple(fitted(each, fits(graph)) for each in rounds(source.inputs, source.limits))
    backends, not_run = plan.affordable(graph, sizes)
    not_run = {**not_run, **{name: "needs a browser" for name in graph.backends if name in BROWSER}}
    turns, drawn = [], drawn_outputs(graph)
    for seed, each in enumerate(sizes if backends else ()):
        inputs = sample(graph, source.inputs, each, seed)
        turns.append(Round(each, inputs, plan.pool.submit(source.evaluate, inputs).result, drawn))
    return Proof(plan, source, turns, backends, not_run)


def prove(proof: Proof, directory: Path, *, quantized: bool = False) -> Verification:
    """Runs the model in `directory` and compares it with the source.

    A quantized model is compared with what its own weights mean, and then with the source to say how far they moved it.
    """
    plan, turns, not_run = proof.plan, proof.turns, proof.not_run
    if not proof.backends:
        return Verification(not_run=not_run)
    if not quantized:
        tolerance = max(plan.tolerance, proof.source.tolerance)
        rows, times = run_rounds(plan.engine, directory, proof.backends, turns, tolerance)
        return Verification(rows, tolerance, proof.source.reference, not_run, times)
    model = read_web_model(directory)
    own = [replace(turn, expected=plan.pool.submit(_meaning, model, turn).result) for turn in turns]
    rows, times = run_rounds(plan.engine, directory, proof.backends, own, plan.tolerance)
    moved = deviation(own[0].expected(), turns[0].expected(), turns[0].drawn)
    return Verification(rows, plan.tolerance, "the quantized weights in numpy", not_run, times, moved)


def _meaning(model: Source, turn: Round) -> Mapping[str, np.ndarray]:
    """What a written model means, under the source's names: those of a layers model may be other ones."""
    found = model.evaluate(dict(zip(model.inputs, turn.inputs.values(), strict=True)))
    expected = turn.expected()
    return found if set(expected) <= set(found) else dict(zip(expected, found.values(), strict=True))


def deviation(
    actual: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], drawn: Collection[str] = ()
) -> float:
    """The largest error of any output that is not random, relative to the largest value of that output."""
    names = [name for name in expected if name not in drawn]
    compared = [compare("", {}, name, actual[name], expected[name], float("inf")) for name in names]
    return max((row.relative_error or row.max_abs_error or 0.0 for row in compared), default=0.0)


def run_rounds(
    engine: Engine, directory: Path, backends: Sequence[str], turns: Sequence[Round], tolerance: float
) -> tuple[tuple[Row, ...], dict[str, Timing]]:
    """The rows of every round on every backend, and how long the last inference took on each."""
    files = read_model(directory)
    rows: list[Row] = []
    times: dict[str, Timing] = {}
    for backend in backends:
        try:
            before = perf_counter()
            with engine.load(files.json, files.shards(), backend) as session:
                load = (perf_counter() - before) * 1000
                each: list[float] = []
                for turn in turns:
                    rows.extend(_rows(backend, turn, _executed(session, turn, files.json), tolerance))
                    each.append(session.milliseconds or 0.0)
                last = each[-1]
                times[backend] = Timing(load, each[0], last, last, len(each), session.statistics()["bytes"])
        except EngineError as error:
            rows.append(Row(backend, {}, "all outputs", False, reason=f"cannot be computed: {error.what}"))
    return tuple(rows), times


def _executed(session: Session, turn: Round, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the model gives. A layers model calls inputs and outputs as its layers are, in the order of the source's."""
    if document.get("format") != "layers-model":
        return session.execute(turn.inputs)
    given = dict(zip((port.name for port in session.inputs), turn.inputs.values(), strict=True))
    found, expected = session.execute(given), turn.expected()
    return found if set(expected) <= set(found) else dict(zip(expected, found.values(), strict=True))


def _rows(backend: str, turn: Round, actual: Mapping[str, Any], tolerance: float) -> Iterator[Row]:
    for name, expected in turn.expected().items():
        if name not in actual:
            yield Row(backend, turn.sizes, name, False, reason="is not an output of the web model")
            continue
        if name in turn.drawn:
            yield compare_kinds(backend, turn.sizes, name, actual[name], expected)
            continue
        yield compare(backend, turn.sizes, name, actual[name], expected, tolerance)
