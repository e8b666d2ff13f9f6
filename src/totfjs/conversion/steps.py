"""`convert`: pick the source and the target, write it, prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from totfjs.conversion.checks import (
    RESERVED,
    check_arguments,
    check_inputs,
    check_metadata,
    check_no_model,
    check_output_of,
    check_structured,
    names,
)
from totfjs.conversion.job import Job, Progress
from totfjs.conversion.result import Result
from totfjs.conversion.target import choose
from totfjs.conversion.weights import convert_weights, is_weights
from totfjs.garbage import uncollected
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.sources.resolve import open_source
from totfjs.verification import plan
from totfjs.weights.patterns import as_quantization

if TYPE_CHECKING:
    from totfjs.sources.keras.source import KerasModel
    from totfjs.sources.tensorflow.source import TensorFlowModel


@uncollected()
def convert(
    source: Any,
    output: str | Path,
    *,
    source_format: str | None = None,
    to: str = "auto",
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    signature: str | None = None,
    tags: str | Sequence[str] = ("serve",),
    outputs: str | Sequence[str] | None = None,
    quantize: Any = None,
    shard_size: int | str = "4MiB",
    split_by_layer: bool = False,
    metadata: Mapping[str, Any] | None = None,
    backends: str | Sequence[Backend] = BACKENDS,
    verify: str | Sequence[str] = "auto",
    force: bool = False,
    structured_outputs: bool = False,
    keep_debug: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Compile `source` into a TensorFlow.js model at `output`, and run it there against the source.

    `source` is a path, `package.module:name`, or the model itself; `inputs` maps names to dims, dynamic ones as text.
    `source_format` says what the source is where its name and content do not. With `structured_outputs`, `predict` of
    a graph model returns its outputs by name. With `keep_debug`, what a TensorFlow model prints is printed by the page.
    """
    backends = cast("Sequence[Backend]", names(backends))
    check_arguments(to, backends, shard_size)
    check_inputs(inputs)
    check_metadata(metadata)
    check_output_of(to, output, force)
    settings: dict[str, Any] = {"quantize": as_quantization(quantize), "shard_size": shard_size, "force": force}
    outputs = names(outputs)
    chosen = plan(verify, backends)
    report = progress or (lambda *_: None)
    given = (split_by_layer, quantize is not None, structured_outputs)
    job = Job(output, backends, settings, metadata, chosen, report, *given)
    if to == "weights" or (to == "auto" and source_format is None and is_weights(source)):
        check_no_model(source, inputs, outputs)
        return convert_weights(source if weights is None else weights, job)
    try:
        if to != "keras":
            chosen.warm()
        job.report("reading", 0, 0)
        opened = open_source(
            source, inputs=inputs, weights=weights, outputs=outputs, signature=signature, tags=names(tags) or (),
            format=source_format, progress=report,
        )  # fmt: skip
        if keep_debug and hasattr(opened, "keep_debug"):
            opened = replace(cast("TensorFlowModel", opened), keep_debug=True)
        target, reason = choose(to, opened)
        check_structured(structured_outputs, target)
        if target != "keras":
            job = replace(job, metadata={**_kept(opened), **(metadata or {})} or None)
        if target == "layers":
            from totfjs.conversion.layers import convert_layers

            return convert_layers(cast("KerasModel", opened), job, reason)
        if target == "keras":
            from totfjs.conversion.keras import convert_keras

            return convert_keras(cast("KerasModel", opened), job)
        from totfjs.conversion.graph import convert_graph

        return convert_graph(opened, job, reason)
    finally:
        chosen.close()


def _kept(source: Any) -> dict[str, Any]:
    """What a web model that is converted anew says of itself: labels and the like."""
    document = getattr(source, "json", None) or getattr(source, "document", None) or {}
    metadata = document.get("userDefinedMetadata") or {}
    return {key: value for key, value in metadata.items() if key not in RESERVED}
