"""To a graph model: lower, optimise, write, prove."""

from __future__ import annotations

import os
from pathlib import Path

from totfjs.conversion.document import model_json
from totfjs.conversion.job import Job
from totfjs.conversion.result import Result, running_notes, tensors
from totfjs.errors import SourceError
from totfjs.graph.encode import distinct
from totfjs.graph.encode import weights as weights_of
from totfjs.graph.ops import BACKENDS
from totfjs.graph.validate import check_legal
from totfjs.passes import optimize
from totfjs.sources.source import Source
from totfjs.targets import write_graph_model
from totfjs.verification import begin, prove


def convert_graph(source: Source, job: Job, notes: tuple[str, ...] = ()) -> Result:
    """Writes the source as a graph model, and runs it against the source."""
    job.report("compiling", 0, 0)
    lowered = source.graph(job.backends)
    proof = begin(job.plan, source, lowered)
    graph = distinct(optimize(lowered))
    if not graph.outputs:
        raise SourceError("The model returns no arrays.", remedy="Return an array, or a dict or tuple of arrays.")
    check_legal(graph)
    described = {**source.description, **({} if set(job.backends) == set(BACKENDS) else {"backends": [*job.backends]})}
    document = model_json(graph, job.metadata, described, structured=job.structured)
    written = write_graph_model(job.output, document, weights_of(graph), **job.settings, progress=job.writing)
    job.report("verifying", 0, 0)
    verification = prove(proof, Path(os.path.realpath(job.output)), quantized=job.quantized)
    notes = (*notes, *source.notes, *map(str, written.notes), *running_notes(graph))
    ins, outs = (tensors(graph, named) for named in (graph.inputs, graph.outputs))
    return Result(written.path, "graph", written.files, written.bytes, ins, outs, notes, verification)
