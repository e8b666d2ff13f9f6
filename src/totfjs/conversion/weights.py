"""To weights alone: what a checkpoint or a file of weights holds, as `tf.io.loadWeights` reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result
from totfjs.errors import UsageError
from totfjs.sources.keras import holds_weights_alone, is_keras_file
from totfjs.sources.resolve import is_checkpoint
from totfjs.targets import write_weights
from totfjs.verification import Verification
from totfjs.weights.array import Array


def convert_weights(source: Any, job: Job) -> Result:
    """Writes the arrays of a checkpoint or tree."""
    if callable(source):
        raise UsageError(
            "Weights alone come from a checkpoint or a tree of arrays, not from a model.",
            remedy="Give the checkpoint as the source, or the arrays as weights=.",
        )
    named, dropped = _named(source)
    written = write_weights(job.output, named, **job.settings, progress=job.writing)
    notes = [f"Left out, as only training needs it: {', '.join(dropped)}."] if dropped else []
    skipped = Verification.skipped("weights alone compute nothing: there is nothing to compare")
    notes += map(str, written.notes)
    return Result(written.path, "weights", written.files, written.bytes, (), (), tuple(notes), skipped)


def is_weights(source: Any) -> bool:
    """Whether a source is a file of weights without a model."""
    if not isinstance(source, str | Path):
        return False
    return is_checkpoint(source) or holds_weights_alone(source)


def _named(source: Any) -> tuple[list[tuple[str, Array]], tuple[str, ...]]:
    """The arrays of a source by name, and what was left out."""
    if isinstance(source, str | Path) and is_keras_file(source):
        from totfjs.sources.keras import named_weights

        return named_weights(source), ()
    from totfjs.checkpoints import left_out, read_named

    return read_named(source), left_out(source)
