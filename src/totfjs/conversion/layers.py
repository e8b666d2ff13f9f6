"""To a layers model: rewrite the layers for tfjs-layers, write, prove."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from totfjs.conversion.job import Job
from totfjs.conversion.result import Result, Tensor, record, tensors
from totfjs.sources.keras.browser import LayersModel
from totfjs.sources.keras.source import KerasModel
from totfjs.targets.layers_model import write_layers_model
from totfjs.verification import Verification, begin, prove


def convert_layers(source: KerasModel, job: Job, notes: tuple[str, ...] = ()) -> Result:
    """Writes the source as a layers model, and runs it against the source."""
    job.report("compiling", 0, 0)
    made = source.layers_model(split=job.split)
    said = tuple(source.notes)  # what lowering says besides is about graph models
    outputs = _outputs(source, made) if job.plan.unavailable else None
    meaning = None if outputs else replace(source.graph(()), backends=tuple(job.backends))
    proof = begin(job.plan, source, meaning) if meaning else None
    written = write_layers_model(job.output, made, metadata=job.metadata, **job.settings, progress=job.writing)
    job.report("verifying", 0, 0)
    verification = Verification.skipped(job.plan.unavailable)
    if proof is not None:
        verification = prove(proof, Path(os.path.realpath(job.output)), quantized=job.quantized)
    notes = (*notes, *said, *made.notes, *map(str, written.notes))
    ins = tuple(record(name, kind) for name, kind in source.inputs.items())
    outs = _named(made, tensors(meaning, meaning.outputs) if meaning else outputs or ())
    return Result(written.path, "layers", written.files, written.bytes, ins, outs, notes, verification)


def _named(made: LayersModel, outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The outputs as the page knows them: by the layers that give them, where these are unlike."""
    if len(set(made.outputs)) != len(outputs):
        return outputs
    return tuple(replace(tensor, name=name) for tensor, name in zip(outputs, made.outputs, strict=True))


def _outputs(source: KerasModel, made: LayersModel) -> tuple[Tensor, ...] | None:
    """The outputs without lowering the model, where no dim but the batch is dynamic."""
    if not made.shapes or any(None in shape[1:] for shape in made.shapes):
        return None
    batches = ["b" if shape[0] is None else shape[0] for shape in made.shapes]
    named = zip(source.outputs, batches, made.shapes, strict=True)
    return tuple(Tensor(name, "float32", (batch, *shape[1:])) for name, batch, shape in named)  # type: ignore[arg-type]
