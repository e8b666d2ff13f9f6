"""The proof that `convert` gives: the written files, run in a real TensorFlow.js, compute what the source computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from totfjs.graph.graph import Graph
from totfjs.runtime import BROWSER
from totfjs.sources.source import Source
from totfjs.sources.tfjs import read_web_model
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.fitting import fits, fitted
from totfjs.verification.measure import Measured, measure
from totfjs.verification.moved import meaning, moved
from totfjs.verification.plan import Plan
from totfjs.verification.record import Verification
from totfjs.verification.round import Round
from totfjs.verification.samples import rounds, sample
from totfjs.verification.tolerance import Tolerance, tolerance_of


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
    browsers = [name for name in graph.backends if name in BROWSER and name not in backends]
    not_run = {**not_run, **{name: f"needs a browser: --verify {name}" for name in browsers}}
    turns, drawn = [], drawn_outputs(graph)
    for seed, each in enumerate(sizes if backends else ()):
        inputs = sample(graph, source.inputs, each, seed)
        turns.append(Round(each, inputs, plan.pool.submit(source.evaluate, inputs).result, drawn))
    return Proof(plan, source, turns, backends, not_run)


def prove(proof: Proof, directory: Path, *, quantized: bool = False) -> Verification:
    """Runs the model in `directory` and compares it with the source.

    A quantized model is compared with what its own weights mean, and then with the source to say how far they moved it.
    """
    plan, source = proof.plan, proof.source
    if not proof.backends:
        return Verification(not_run=proof.not_run, model=str(directory))
    allowed = tolerance_of(source.tolerance, None)
    if not quantized:
        measured = measure(plan.engine, directory, proof.backends, proof.turns, allowed, lenient=plan.everything)
        return _found(proof, directory, measured, allowed, source.reference)
    model = read_web_model(directory)
    own = [replace(turn, expected=plan.pool.submit(meaning, model, turn).result) for turn in proof.turns]
    measured = measure(plan.engine, directory, proof.backends, own, Tolerance(), lenient=plan.everything)
    found = _found(proof, directory, measured, Tolerance(), "the quantized weights in numpy")
    deviation, explained = moved(model, own, proof.turns, allowed)
    return replace(found, deviation=deviation, explained=explained)


def _found(proof: Proof, directory: Path, measured: Measured, allowed: Tolerance, against: str) -> Verification:
    return Verification(
        tuple(measured.rows),
        allowed.nominal,
        against,
        {**proof.not_run, **measured.not_run},
        measured.timing,
        environment=measured.environment,
        model=str(directory),
    )
