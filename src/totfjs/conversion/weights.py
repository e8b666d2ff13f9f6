"""To weights alone: what a checkpoint or a file of weights holds, as `tf.io.loadWeights` reads it."""

from __future__ import annotations

from typing import Any

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result
from totfjs.errors import UsageError
from totfjs.targets import write_weights
from totfjs.verification import Verification


def convert_weights(source: Any, job: Job) -> Result:
    """Writes the arrays of a checkpoint or tree."""
    from totfjs.checkpoints import left_out, read_named

    if callable(source):
        raise UsageError(
            "Weights alone come from a checkpoint or a tree of arrays, not from a model.",
            remedy="Give the checkpoint as the source, or the arrays as weights=.",
        )
    named, dropped = read_named(source), left_out(source)
    written = write_weights(job.output, named, **job.settings, progress=job.writing)
    notes = [f"Left out, as only training needs it: {', '.join(dropped)}."] if dropped else []
    skipped = Verification.skipped("weights alone compute nothing: there is nothing to compare")
    notes += map(str, written.notes)
    return Result(written.path, "weights", written.files, written.bytes, (), (), tuple(notes), skipped)
