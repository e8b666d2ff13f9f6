"""What the old package is asked for, as `totfjs.convert` takes it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from totfjs.conversion import Result, convert, read_metadata
from totfjs.conversion.job import Progress
from totfjs.errors import UsageError
from totfjs.weights.shards import SHARD_SIZE

_TENSORFLOW = ("saved_model", "hub", "frozen")


@dataclass(frozen=True)
class Request:
    """A conversion. `metadata` are values by key, `metadata_files` names of JSON files by key."""

    source: Any
    output: str | Path
    source_format: str | None
    to: str
    signature: str | None = None
    tags: Sequence[str] = ("serve",)
    outputs: Sequence[str] | None = None
    quantize: Sequence[str] | None = None
    shard_size: int = SHARD_SIZE
    split_by_layer: bool = False
    metadata: Mapping[str, Any] | None = None
    metadata_files: Mapping[str, str] = field(default_factory=dict)
    structured_outputs: bool = False
    strip_debug_ops: bool = True
    backends: str | None = None
    verify: str = "auto"
    notes: Sequence[str] = ()


def perform(request: Request, progress: Progress | None = None, **model: Any) -> Result:
    """Convert; what is there already is replaced, as the old package did. `model` are inputs and weights of code."""
    _check(request)
    metadata = {**(request.metadata or {}), **read_metadata(request.metadata_files)} or None
    chosen: dict[str, Any] = {} if request.backends is None else {"backends": request.backends}
    result = convert(
        request.source,
        request.output,
        source_format=request.source_format,
        to=request.to,
        **_of_tensorflow(request),
        **model,
        quantize=request.quantize,
        shard_size=request.shard_size,
        split_by_layer=request.split_by_layer,
        metadata=metadata,
        structured_outputs=request.structured_outputs,
        keep_debug=not request.strip_debug_ops,
        **chosen,
        verify=request.verify,
        force=True,
        progress=progress,
    )
    return replace(result, notes=(*request.notes, *result.notes))


def command(request: Request) -> str:
    """The same as a command line of totfjs."""
    return " ".join(["totfjs convert", *map(shlex.quote, _words(request))])


def _check(request: Request) -> None:
    size = request.shard_size
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise UsageError(
            f"The size of a weight file is a positive number of bytes, not {size!r}.",
            remedy="Give one, such as 4194304.",
        )


def _of_tensorflow(request: Request) -> dict[str, Any]:
    """The arguments that other sources do not have."""
    if request.source_format not in _TENSORFLOW:
        return {}
    return {"signature": request.signature, "tags": tuple(request.tags), "outputs": request.outputs}


def _words(request: Request) -> Iterator[str]:
    yield from (str(request.source), str(request.output))
    if request.source_format is not None:
        yield from ("--from", request.source_format)
    yield from ("--to", request.to)
    if request.signature is not None:
        yield from ("--signature", request.signature)
    if tuple(request.tags) != ("serve",):
        yield from ("--tags", ",".join(request.tags))
    if request.outputs:
        yield from ("--outputs", ",".join(request.outputs))
    for part in request.quantize or ():
        yield from ("--quantize", part)
    if request.shard_size != SHARD_SIZE:
        yield from ("--shard-size", str(request.shard_size))
    if request.split_by_layer:
        yield "--split-by-layer"
    for key, path in request.metadata_files.items():
        yield from ("--metadata", f"{key}={path}")
    if request.structured_outputs:
        yield "--structured-outputs"
    if request.backends is not None:
        yield from ("--backends", request.backends)
    if not request.strip_debug_ops:
        yield "--keep-debug"
    if request.verify != "auto":
        yield from ("--verify", request.verify)
    yield "--force"
