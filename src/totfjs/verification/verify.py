"""`verify`: an existing web model against a source, recorded pairs, or its own graph in numpy, and on labelled data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from totfjs.errors import UsageError
from totfjs.graph.types import TensorType
from totfjs.runtime import HEADLESS, Engine, open_engine
from totfjs.runtime.wanted import wanted, warm
from totfjs.sources.source import Source
from totfjs.sources.tfjs import read_web_model
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.files import Data, arrays_of, labelled_of, pairs_of
from totfjs.verification.given import fitted_inputs
from totfjs.verification.labelled import Labels, accuracy, labels_for
from totfjs.verification.measure import Measured, Report, measure
from totfjs.verification.moved import is_rounded, meaning, moved
from totfjs.verification.record import Verification
from totfjs.verification.round import Arrays, Round, in_batches
from totfjs.verification.tolerance import Tolerance, tolerance_of
from totfjs.verification.turns import turns_of

# How many labelled examples go in at a time, when nobody says.
BATCH = 250


def verify(
    model_dir: str | Path,
    against: Any = None,
    *,
    pairs: Data | Sequence[Data] | None = None,
    data: Data | None = None,
    labelled: Data | Sequence[Data] | None = None,
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    backends: str | Sequence[str] = HEADLESS,
    tolerance: float | Mapping[str, float] | None = None,
    seed: int = 0,
    runs: int | None = None,
    batch_size: int | None = None,
    engine: Engine | None = None,
    progress: Report | None = None,
) -> Verification:
    """Runs a web model in a real TensorFlow.js and compares it.

    `against` is a source as `convert` takes it, with its `inputs` and `weights`; `pairs` are inputs and expected
    outputs: a mapping or `.npz` file by the model's names, or both apart, as in `("test_input.npy",
    "expected_output.npy")`. With neither, the backends are held against the numpy meaning of the model's own graph.
    `data` are inputs to run instead of drawn ones. `labelled` are examples with `labels`, of which the accuracy of the
    source and on each backend is counted, `batch_size` at a time. `backends` are names, or "all". `tolerance` is
    relative to the largest value of an output, for all outputs or by name. `runs` inferences more are timed.
    """
    if against is not None and pairs is not None:
        raise UsageError("A source and pairs are both given.", remedy="Give one of them to compare with.")
    if data is not None and pairs is not None:
        raise UsageError("Pairs have inputs of their own, and others are given.", remedy="Give one of them.")
    asked, wish = wanted(backends), tolerance_of(0, tolerance)
    report = progress or (lambda stage, done, total: None)
    with open_engine() if engine is None else nullcontext(engine) as opened:
        warm(opened, asked.backends)
        report("reading", 0, 0)
        model = read_web_model(Path(model_dir))
        with ThreadPoolExecutor(1) as pool:
            task = _Task(model, pool, seed, batch_size or BATCH, report)
            try:
                job = task.labelled(task.compared(against, pairs, data, inputs, weights), labelled)
                job = task.rounded(job) if is_rounded(model) and job.reference is not model and not wish.asked else job
                allowed = replace(wish, base=max(wish.base, job.tolerance))
                measured = measure(
                    opened, Path(model_dir), asked.backends, job.turns, allowed,
                    runs=runs, lenient=asked.everything, report=report,
                )  # fmt: skip
                return _found(job, measured, allowed, str(model_dir))
            finally:
                pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _Job:
    """What to run, and against what. `reference` is None for recorded pairs."""

    turns: Sequence[Round]
    against: str
    reference: Source | None
    tolerance: float = 0.0
    notes: tuple[str, ...] = ()
    labels: Labels | None = None
    deviation: float | None = None
    explained: float | None = None


@dataclass(frozen=True)
class _Task:
    """A model to verify, and a thread in which the source computes while TensorFlow.js starts."""

    model: Any
    pool: ThreadPoolExecutor
    seed: int
    batch: int
    report: Report

    def compared(self, against: Any, pairs: Any, data: Any, inputs: Any, weights: Any) -> _Job:
        """The rounds with what is expected of them, of a source, of pairs, or of the model's own graph."""
        if pairs is not None:
            return self._of_pairs(pairs)
        reference, told = self.model, "the model's own graph in numpy"
        if against is not None:
            from totfjs.verification.against import source_for  # which knows all sources

            reference = source_for(self.model, against, inputs, weights)
            told = reference.reference
        turns, notes = self._drawn(reference) if data is None else self._own(reference, data)
        turns = [replace(turn, expected=self._later(reference, turn)) for turn in turns]
        return _Job(turns, told, reference, reference.tolerance, notes)

    def _drawn(self, reference: Source) -> tuple[list[Round], tuple[str, ...]]:
        return turns_of(self.model, reference, self.seed), ()

    def _of_pairs(self, pairs: Any) -> _Job:
        given, expected = pairs_of(pairs, self.model.inputs, self._outputs)
        fitted = fitted_inputs(self.model.inputs, given)
        turn = Round(fitted.sizes, fitted.arrays, lambda: expected, batch=fitted.batch, fixed=bool(fitted.batch))
        _check_examples(turn)
        return _Job([turn], "the given pairs", None, 0.0, fitted.notes)

    def _own(self, reference: Source, data: Any) -> tuple[list[Round], tuple[str, ...]]:
        """One round of the user's own inputs."""
        fitted, drawn = fitted_inputs(reference.inputs, arrays_of(data)), drawn_outputs(self.model.graph(()))
        turn = Round(fitted.sizes, fitted.arrays, dict, drawn, batch=fitted.batch, fixed=bool(fitted.batch))
        _check_examples(turn)
        return [turn], fitted.notes

    def labelled(self, job: _Job, data: Any) -> _Job:
        """The job with one more round: the labelled examples, of which a source has to give the same numbers."""
        if data is None:
            return job
        arrays, classes = labelled_of(data)
        fitted = fitted_inputs((job.reference or self.model).inputs, arrays)
        examples = max((array.shape[0] for array in fitted.arrays.values() if array.ndim), default=0)
        labels = labels_for(self._outputs, classes, examples)
        batch = fitted.batch or min(self.batch, max(examples, 1))
        turn = Round(
            fitted.sizes, fitted.arrays, dict, batch=batch, fixed=bool(fitted.batch), kept=True, compared=False
        )
        asked = job.reference if job.reference is not self.model else None
        if asked is not None:
            found = self._later(asked, turn)
            expected = cache(lambda: {labels.output: _one_of(found(), labels.output)})
            turn = replace(turn, expected=expected, compared=True)
        return replace(job, turns=[*job.turns, turn], labels=labels, notes=(*job.notes, *fitted.notes))

    def rounded(self, job: _Job) -> _Job:
        """The job of a quantized model: backends are held against its own weights, and these against the source."""
        allowed = tolerance_of(job.tolerance, None)
        turns = [turn for turn in job.turns if not turn.kept]
        own = [replace(turn, expected=cache(partial(meaning, self.model, turn))) for turn in turns]
        deviation, explained = moved(self.model, own, turns, allowed)
        if job.tolerance >= deviation:  # a source of 16 bits rounds more than its stored weights do
            return job
        more = [replace(turn, compared=False) for turn in job.turns if turn.kept]
        found = replace(job, turns=[*own, *more], against=_QUANTIZED, tolerance=0.0)
        return replace(found, deviation=deviation, explained=explained)

    def _later(self, source: Source, turn: Round) -> Any:
        """What the source gives for a round, which it computes in the meantime."""
        whole = self.pool.submit(in_batches, turn, source.evaluate, lambda done, of: None)
        return whole.result

    @property
    def _outputs(self) -> Mapping[str, TensorType]:
        graph = self.model.graph(())
        return {name: graph.type(value) for name, value in graph.outputs.items()}


_QUANTIZED = "its own quantized weights in numpy"


def _found(job: _Job, measured: Measured, allowed: Tolerance, model: str) -> Verification:
    counted = None
    if job.labels is not None:
        expected = job.turns[-1].expected()
        counted = accuracy(job.labels, measured.kept, expected or None)
    return Verification(
        tuple(measured.rows),
        allowed.nominal,
        job.against,
        measured.not_run,
        measured.timing,
        environment=measured.environment,
        accuracy=counted,
        notes=job.notes,
        model=model,
        deviation=job.deviation,
        explained=job.explained,
    )


def _one_of(arrays: Arrays, name: str) -> Any:
    return arrays[name] if name in arrays else next(iter(arrays.values()))


def _check_examples(turn: Round) -> None:
    if turn.batch and turn.examples % turn.batch:
        raise UsageError(
            f"The model takes {turn.batch} examples at once, which {turn.examples} are no multiple of.",
            remedy=f"Give a multiple of {turn.batch}.",
        )
