"""What all functions of the old package ask of a graph model, by its old names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from totfjs.compat.dtype_maps import quantization
from totfjs.compat.request import Request
from totfjs.errors import UsageError

# They change nothing: what cannot run is not written, and control flow takes the form that runs.
_WITHOUT_EFFECT = ("skip_op_check", "control_flow_v2", "experiments")
_FIELDS = {
    "signature_def": "signature",
    "output_node_names": "outputs",
    "use_structured_outputs_names": "structured_outputs",
    "weight_shard_size_bytes": "shard_size",
    "strip_debug_ops": "strip_debug_ops",
    "metadata": "metadata",
}
_READ = ("saved_model_tags", "quantization_dtype_map", "frozen_graph_dir")


def graph_request(source: Any, output: str | Path, source_format: str | None, **options: Any) -> Request:
    """A request for a graph model; options that nobody knows are refused."""
    known = {*_FIELDS, *_READ, *_WITHOUT_EFFECT}
    unknown = sorted(set(options) - known)
    if unknown:
        raise UsageError(f"There is no option {', '.join(unknown)}.", remedy=f"Choose from {', '.join(sorted(known))}.")
    if options.get("frozen_graph_dir"):
        raise UsageError(
            "No frozen TensorFlow graph is written: the model is put where it is to be.",
            remedy="Leave frozen_graph_dir out.",
        )
    return Request(
        source,
        output,
        source_format,
        "graph",
        tags=names(options.get("saved_model_tags", "serve")),
        quantize=quantization(options.get("quantization_dtype_map")),
        **{field: options[name] for name, field in _FIELDS.items() if name in options},
    )


def names(text: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
