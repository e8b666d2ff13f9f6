"""To a layers model: rewrite the layers for tfjs-layers, write, prove."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result, tensors
from totfjs.sources.keras.source import KerasModel
from totfjs.targets.layers_model import write_layers_model
from totfjs.verification import begin, prove


def convert_layers(source: KerasModel, job: Job, notes: tuple[str, ...] = ()) -> Result:
    """Writes the source as a layers model, and runs it against the source."""
    job.report("compiling", 0, 0)
    made = source.layers_model(split=job.split)
    said = tuple(source.notes)  # what lowering says besides is about graph models
    meaning = replace(source.graph(()), backends=tuple(job.backends))
    proof = begin(job.plan, source, meaning)
    written = write_layers_model(job.output, made, metadata=job.metadata, **job.settings, progress=job.writing)
    job.report("verifying", 0, 0)
    verification = prove(proof, Path(os.path.realpath(job.output)), quantized=job.quantized)
    notes = (*notes, *said, *made.notes, *map(str, written.notes))
    ins, outs = (tensors(meaning, named) for named in (meaning.inputs, meaning.outputs))
    return Result(written.path, "layers", written.files, written.bytes, ins, outs, notes, verification)
