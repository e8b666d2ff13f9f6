"""What a command line asks for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from totfjs.compat import formats
from totfjs.compat.detect import detected
from totfjs.compat.dtype_maps import quantization
from totfjs.compat.flags import PATTERNS
from totfjs.compat.quantization import QUANTIZATION_BYTES_TO_DTYPES
from totfjs.compat.request import Request
from totfjs.errors import UsageError
from totfjs.weights.shards import SHARD_SIZE

_SUFFIXES = {formats.KERAS: (".h5", ".hdf5"), formats.KERAS_KERAS: (".keras",)}


def request_of(options: argparse.Namespace) -> Request:
    """The conversion that the options describe; raises when they make no sense together."""
    source, output, source_format = options.input_path, options.output_path, options.input_format
    for given, name in ((source, "input_path"), (output, "output_path")):
        if not given:
            raise UsageError(f"The {name} is missing.", remedy="Write tensorflowjs_converter [FLAGS] INPUT OUTPUT.")
    wanted = formats.output_format(source_format, options.output_format)
    _check(options, wanted)
    return Request(
        source=source,
        output=output,
        source_format=formats.INPUTS[source_format].source_format,
        to=formats.OUTPUTS[wanted],
        signature=options.signature_name or None,
        tags=_listed(options.saved_model_tags),
        outputs=_listed(options.output_node_names) if source_format == formats.FROZEN else None,
        quantize=quantization(_dtypes(options)),
        shard_size=SHARD_SIZE if options.weight_shard_size_bytes is None else options.weight_shard_size_bytes,
        split_by_layer=options.split_weights_by_layer,
        metadata_files=metadata_files(options.metadata),
        structured_outputs=options.use_structured_outputs_names and wanted == formats.GRAPH,
        strip_debug_ops=options.strip_debug_ops,
        backends=options.backends,
        verify=options.verify,
        notes=tuple(_notes(options)),
    )


def metadata_files(text: str | None) -> dict[str, str]:
    """`a:one.json,b:C:\\two.json` as files by key; a part without a colon belongs to the path before it."""
    found: dict[str, str] = {}
    key = ""
    for part in text.split(",") if text else ():
        head, colon, path = part.partition(":")
        if colon:
            key = head.strip()
        if not key or (key in found and colon) or (colon and not path):
            raise UsageError(
                f"--metadata {text} is not KEY:FILE,….", remedy="Write it as in --metadata=labels:labels.json."
            )
        found[key] = path if colon else f"{found[key]},{part}"
    return found


def _check(options: argparse.Namespace, wanted: str) -> None:
    given, source_format = options.weight_shard_size_bytes, options.input_format
    if given is not None and wanted not in (formats.GRAPH, formats.LAYERS):
        raise UsageError(
            f"{wanted} is one file: --weight_shard_size_bytes is for web models.", remedy="Leave the flag out."
        )
    if source_format == formats.FROZEN and not options.output_node_names:
        raise UsageError(
            "A frozen graph does not say what its outputs are.", remedy="Name them, as in --output_node_names=logits."
        )
    if options.signature_name and source_format not in (formats.SAVED_MODEL, formats.HUB):
        raise UsageError(
            f"--signature_name is for tf_saved_model and tf_hub; {source_format} has no signatures.",
            remedy="Leave the flag out.",
        )
    if options.control_flow_v2 and wanted != formats.GRAPH:
        raise UsageError(f"--control_flow_v2 is for graph models, not for {wanted}.", remedy="Leave the flag out.")
    suffixes = _SUFFIXES.get(wanted, ())
    if suffixes and Path(options.output_path).suffix not in suffixes:
        raise UsageError(
            f"{options.output_path} is no name for {wanted}.", remedy=f"Name the file {'model' + suffixes[0]}."
        )
    _check_format(options)


def _check_format(options: argparse.Namespace) -> None:
    """The default is taken for a SavedModel only where it is none of the others."""
    found = detected(options.input_path)
    if options.input_format == formats.SAVED_MODEL and found not in (None, *_OF_TENSORFLOW):
        raise UsageError(
            f"{options.input_path} is no SavedModel.", remedy=f"Add --input_format={found}, which it looks like."
        )


_OF_TENSORFLOW = (formats.SAVED_MODEL, formats.KERAS_SAVED_MODEL)


def _dtypes(options: argparse.Namespace) -> dict[str, Any] | None:
    """The map from dtypes to patterns that the quantization flags give."""
    found: dict[str, Any] = {}
    for flag in PATTERNS:
        given = getattr(options, flag)
        if given is not None:
            found[flag.removeprefix("quantize_")] = True if given is True else _listed(given)
    if options.quantization_bytes is None:
        return found or None
    if found:
        raise UsageError(
            "--quantization_bytes does not go together with --quantize_….", remedy="Leave --quantization_bytes out."
        )
    return {QUANTIZATION_BYTES_TO_DTYPES[options.quantization_bytes]: True}


def _notes(options: argparse.Namespace) -> Iterator[str]:
    if options.quantization_bytes is not None:
        dtype = QUANTIZATION_BYTES_TO_DTYPES[options.quantization_bytes]
        yield f"--quantization_bytes={options.quantization_bytes} has a new name: --quantize_{dtype}."
    if options.skip_op_check:
        yield "--skip_op_check changes nothing: a graph that TensorFlow.js cannot run is not written."
    if options.output_node_names and options.input_format != formats.FROZEN:
        yield "--output_node_names is for tf_frozen_model: the outputs are the model's own."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
