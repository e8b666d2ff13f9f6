"""To a Keras file: the layers of a web model, or of another Keras file, as `.keras` or `.h5`."""

from __future__ import annotations

from pathlib import Path

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result, tensors
from totfjs.errors import UsageError
from totfjs.sources.keras.source import KerasModel
from totfjs.sources.keras.writing import write_keras
from totfjs.verification import Verification


def convert_keras(source: KerasModel, job: Job) -> Result:
    """Writes the layers of the source to a file that Keras opens."""
    if job.quantized:
        raise UsageError("A Keras file is not quantized.", remedy="Leave --quantize out.")
    job.report("writing", 0, 0)
    path = Path(job.output)
    size = write_keras(path, source.model, training=source.compiled, force=bool(job.settings["force"]))
    meaning = source.graph(())
    ins, outs = (tensors(meaning, named) for named in (meaning.inputs, meaning.outputs))
    skipped = Verification.skipped("the file holds the same layers and weights; Keras itself was not asked")
    return Result(path, "keras", (path.name,), size, ins, outs, tuple(source.notes), skipped)
