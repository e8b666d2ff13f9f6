"""Runs a written model on backends: what it gives for each round, how long it takes, and on what it ran."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from totfjs.errors import EngineError, IllegalGraphError, TotfjsError, UsageError
from totfjs.graph.validate import check_legal
from totfjs.runtime import Engine, Session
from totfjs.runtime.model_files import ModelFiles, read_model
from totfjs.sources.tfjs import read_web_model
from totfjs.verification.compare import compare, compare_kinds
from totfjs.verification.record import Row, Timing
from totfjs.verification.round import Arrays, Round, first_batch, in_batches
from totfjs.verification.tolerance import Tolerance

Report = Callable[[str, int, int], None]
# How long the repeated inferences of a backend may take, in milliseconds, and how many there are, when nobody says.
_BUDGET, _FEW = 30.0, 10
# What keeps a backend from running a model, whatever the model computes.
_HERE = re.compile(r"not registered for backend|did not start|has no WebG|no WebGPU adapter|cross-origin isolated")


@dataclass
class Measured:
    """What was found on all backends. `kept` holds the outputs of the rounds that ask for it, by backend."""

    rows: list[Row] = field(default_factory=list)
    timing: dict[str, Timing] = field(default_factory=dict)
    environment: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Arrays] = field(default_factory=dict)


def measure(
    engine: Engine,
    directory: Path,
    backends: Sequence[str],
    turns: Sequence[Round],
    allowed: Tolerance,
    *,
    runs: int | None = None,
    lenient: bool = False,
    report: Report = lambda stage, done, total: None,
) -> Measured:
    """Runs every round on every backend. `runs` more inferences are timed: a few by default, none with 0.

    A backend that cannot run the model fails a row, or where that is `lenient` is told as not run.
    """
    files, measured = read_model(directory), Measured()
    for backend in backends:
        try:
            _run(measured, engine, files, backend, turns, allowed, runs, report)
        except (EngineError, UsageError) as error:
            if lenient and (isinstance(error, UsageError) or _HERE.search(error.what)):
                measured.not_run[backend] = f"{error.what} {error.remedy}"
            elif isinstance(error, UsageError):
                raise
            else:
                reason = f"cannot be computed: {_told(error, directory, backend)}"
                measured.rows.append(Row(backend, {}, "all outputs", False, reason=reason))
    return measured


def _run(
    measured: Measured,
    engine: Engine,
    files: ModelFiles,
    backend: str,
    turns: Sequence[Round],
    allowed: Tolerance,
    runs: int | None,
    report: Report,
) -> None:
    report(f"running on {backend}", 0, 0)
    told = measured.environment[backend] = engine.surroundings(backend)
    before = perf_counter()
    with engine.load(files.json, files.shards(), backend) as session:
        load = (perf_counter() - before) * 1000
        times = []
        for turn in turns:
            found = _executed(session, turn, files.json, lambda done, of: report(f"running on {backend}", done, of))
            if not turn.kept or turn is turns[0]:
                times.append(session.milliseconds or 0.0)
            if turn.compared:
                measured.rows.extend(_rows(backend, turn, found, allowed, told))
            if turn.kept:
                measured.kept[backend] = found
        if runs != 0 and turns:
            later = sorted(_repeated(session, turns[0], files.json, runs, times[-1])) or times[-1:]
            median, p95 = quantile(later, 0.5), quantile(later, 0.95)
            held = session.statistics()["since"]
            measured.timing[backend] = Timing(load, times[0], median, p95, len(later), held)


def quantile(ordered: Sequence[float], share: float) -> float:
    """That of numpy, which would load a tenth of a second of code for it."""
    at = share * (len(ordered) - 1)
    low = ordered[int(at)]
    return low + (ordered[min(int(at) + 1, len(ordered) - 1)] - low) * (at - int(at))


def _repeated(
    session: Session, turn: Round, document: Mapping[str, Any], runs: int | None, last: float
) -> Iterator[float]:
    """The milliseconds of more inferences of a round: as many as asked for, or as the budget allows."""
    spent, inputs = last, first_batch(turn)
    for _ in range(_FEW if runs is None else runs):
        if runs is None and spent > _BUDGET:
            return
        session.execute(_named(session, inputs, document))
        yield session.milliseconds or 0.0
        spent += session.milliseconds or 0.0


def _executed(
    session: Session, turn: Round, document: Mapping[str, Any], report: Callable[[int, int], None]
) -> dict[str, np.ndarray]:
    """What the model gives, by the names of the source."""
    found = in_batches(turn, lambda part: session.execute(_named(session, part, document)), report)
    expected = turn.expected()
    if document.get("format") != "layers-model" or set(expected) <= set(found):
        return dict(found)
    return dict(zip(expected, found.values(), strict=True))


def _named(session: Session, inputs: Arrays, document: Mapping[str, Any]) -> Arrays:
    """A layers model calls its inputs as its layers are, in the order of the source's."""
    if document.get("format") != "layers-model":
        return inputs
    return dict(zip((port.name for port in session.inputs), inputs.values(), strict=True))


def _rows(backend: str, turn: Round, actual: Arrays, allowed: Tolerance, told: Mapping[str, Any]) -> Iterator[Row]:
    for name, expected in turn.expected().items():
        if name not in actual:
            yield Row(backend, turn.sizes, name, False, reason="is not an output of the web model")
        elif name in turn.drawn:
            yield compare_kinds(backend, turn.sizes, name, actual[name], expected)
        else:
            yield compare(backend, turn.sizes, name, actual[name], expected, allowed.of(name, told))


def _told(error: TotfjsError, directory: Path, backend: str) -> str:
    """An error of the engine, with the node that it comes from, where that is known, and the remedy."""
    kernel = re.search(r"Kernel '(\w+)' not registered", error.what)
    node = _culprit(directory, backend, kernel[1]) if kernel else ""
    return " ".join(filter(None, (error.what, node, error.remedy)))


def _culprit(directory: Path, backend: str, kernel: str) -> str:
    """The first node of a model that a backend cannot run, by what is known of its ops; of that kernel if it can be."""
    try:
        graph = read_web_model(directory).graph(())
        check_legal(replace(graph, backends=("wasm" if backend == "wasm-threads" else backend,)))  # type: ignore[arg-type]
    except IllegalGraphError as error:
        _, *lines = error.what.splitlines()
        named = [line.strip() for line in lines]
        first = next((line for line in named if line.startswith(f"{kernel} ")), named[0])
        more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
        return f"It is {first}{more}."
    except TotfjsError:
        return ""
    return ""
