"""To a Keras file: the layers of a web model, or of another Keras file, as `.keras` or `.h5`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result, tensors
from totfjs.errors import UnsupportedError, UsageError
from totfjs.graph.graph import Graph
from totfjs.sources.keras import load
from totfjs.sources.keras.source import KerasModel
from totfjs.sources.keras.writing import write_keras
from totfjs.verification import Verification
from totfjs.verification.samples import rounds, sample

# How far the layers may be off when Keras 3 reads them, relative to the largest value of an output.
_TOLERANCE = 1e-5


def convert_keras(source: KerasModel, job: Job) -> Result:
    """Writes the layers of the source to a file that Keras opens."""
    for given, flag in ((job.quantized, "--quantize"), (job.metadata, "--metadata"), (job.split, "--split-by-layer")):
        if given:
            raise UsageError(f"A Keras file has no place for {flag}.", remedy=f"Leave {flag} out.")
    source.check_whole()
    job.report("writing", 0, 0)
    path, meaning = Path(job.output), source.graph(())
    check = _checking(source, meaning) if source.model.generation < 3 else None
    size = write_keras(path, source.model, training=source.compiled, force=bool(job.settings["force"]), check=check)
    ins, outs = (tensors(meaning, named) for named in (meaning.inputs, meaning.outputs))
    skipped = Verification.skipped("the file holds the same layers and weights; Keras itself was not asked")
    return Result(path, "keras", (path.name,), size, ins, outs, (*source.notes, *_lost(source)), skipped)


def _lost(source: KerasModel) -> Iterator[str]:
    """What the file does not hold."""
    if source.saved.training and not source.compiled:
        yield "The compile state is left out: compile the model again."
    if source.saved.optimizer:
        yield "The state of the optimizer is left out."


def _checking(source: KerasModel, meaning: Graph) -> Callable[[Path], None]:
    """Older words have to mean the same to Keras 3: the written file is read again, and both are computed."""
    sizes = rounds(source.inputs, source.limits)[0]
    given = sample(meaning, source.inputs, sizes, 0)

    def check(path: Path) -> None:
        expected, again = source.evaluate(given), load(path)
        found = again.evaluate(dict(zip(again.inputs, given.values(), strict=True)))
        for name, one, other in zip(expected, expected.values(), found.values(), strict=True):
            scale = float(np.abs(np.nan_to_num(one)).max(initial=0.0)) if one.dtype.kind == "f" else 0.0
            if not np.allclose(one, other, rtol=0, atol=_TOLERANCE * (scale or 1.0), equal_nan=True):
                raise UnsupportedError(
                    f"A layer of {source.model.name} means something else in Keras 3: its output {name} would differ.",
                    remedy="Open the original file with the Keras that wrote it.",
                    place=source.model.name,
                )

    return check
