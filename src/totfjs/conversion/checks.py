"""Looks at the arguments of a conversion before any work is done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from totfjs.errors import InputSpecError, UsageError
from totfjs.graph.ops import BACKENDS
from totfjs.sizes import parse_size
from totfjs.targets import check_output

TARGETS = ("auto", "graph", "layers", "weights", "keras")
# Keys of `userDefinedMetadata` that mean something to TensorFlow.js or to totfjs.
RESERVED = ("totfjs", "signature", "structuredOutputKeys")


def names(names: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Names as the user gives them: several, or text with commas."""
    if names is None:
        return None
    listed = names.split(",") if isinstance(names, str) else names
    return tuple(name.strip() for name in listed if name.strip())


def check_no_model(source: Any, inputs: Any, outputs: Any) -> None:
    """Refuses inputs and outputs for what has none."""
    if inputs is not None or outputs is not None:
        raise UsageError(
            f"{source} is converted as weights alone, which have no inputs and outputs.",
            remedy=f"Name the code of the model as the source, and add --weights {source}.",
        )


def check_arguments(to: str, backends: Sequence[str], shard_size: int | str) -> None:
    """Refuses names that are none."""
    if to not in TARGETS:
        raise UsageError(f"There is no target {to!r}.", remedy=f"Choose one of {', '.join(TARGETS)}.")
    unknown = [backend for backend in backends if backend not in BACKENDS]
    if unknown or not backends:
        raise UsageError(
            f"There is no backend {', '.join(unknown)}." if unknown else "No backend is given.",
            remedy=f"Choose from {', '.join(BACKENDS)}.",
        )
    parse_size(shard_size)


def check_structured(structured: bool, target: str) -> None:
    """Layers models have their own way of returning outputs."""
    if structured and target != "graph":
        raise UsageError(
            "Only a graph model returns its outputs by name.",
            remedy="Leave --structured-outputs out, or add --to graph.",
        )


def check_output_of(to: str, output: str | Path, force: bool) -> None:
    """Refuses an output that could not be written, before the work is done."""
    if to != "keras":
        check_output(output, force=force)
        return
    from totfjs.sources.keras.writing.files import check_file

    check_file(output, force=force)


def check_inputs(inputs: Any) -> None:
    """Names are what a page feeds by: text, and not empty."""
    if inputs is None or (isinstance(inputs, Mapping) and all(isinstance(name, str) and name for name in inputs)):
        return
    raise InputSpecError(
        f"The inputs {inputs!r} have no names.", remedy='Give each input a name, as in {"image": ("b", 28, 28, 1)}.'
    )


def check_metadata(metadata: Any) -> None:
    """Metadata are JSON under keys that are free."""
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The metadata are not JSON: {error}.", remedy="Give text, numbers, lists and dicts."
        ) from None
    if not isinstance(metadata, Mapping | None):
        raise UsageError(f"The metadata {metadata!r} have no keys.", remedy='Give a dict, as in {"labels": [...]}.')
    for key in metadata or ():
        if key in RESERVED:
            raise UsageError(f"The metadata key {key!r} is taken.", remedy="Choose another key.")


def read_metadata(files: Mapping[str, str | Path]) -> dict[str, Any]:
    """The JSON that each file holds, by key, for `userDefinedMetadata`."""
    read: dict[str, Any] = {}
    for key, path in files.items():
        try:
            read[key] = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The metadata file {path} cannot be read: {getattr(error, 'strerror', None) or error}.",
                remedy="Give a JSON file.",
            ) from error
    return read
