"""A web model on disk: model.json and the weight shards that it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import ModelFileError
from totfjs.runtime.channel import Bytes
from totfjs.targets.output import recover

_WIDTHS = {"float32": 4, "int32": 4, "bool": 1, "complex64": 8, "uint8": 1, "uint16": 2, "float16": 2}
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class ModelFiles:
    """A model read from `directory`: `json` is the parsed model.json."""

    directory: Path
    json: Mapping[str, Any]

    def shards(self) -> Iterable[Bytes]:
        """The bytes of the weight shards in order, each read and checked when its turn comes, as often as wanted."""
        return _Shards(self)

    def _read(self) -> Iterator[Bytes]:
        sizes: list[int] = []
        checksums = checksums_of(self.json)
        for group in self.json.get("weightsManifest") or ():
            before = len(sizes)
            for name in group["paths"]:
                shard = _read_shard(_inside(self.directory, name))
                _check_content(self.directory / name, shard, checksums.get(name))
                sizes.append(shard.nbytes)
                yield shard
            _check_length(self.directory, group, sum(sizes[before:]))
        _check_sizes(self.directory, sizes)


@dataclass(frozen=True)
class _Shards(Iterable[Bytes]):
    files: ModelFiles

    def __iter__(self) -> Iterator[Bytes]:
        return self.files._read()


def checksums_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What model.json says of its shards, by path: `bytes` and `sha256`. Nothing where another tool wrote it."""
    found: Any = document
    for key in ("userDefinedMetadata", "totfjs", "shards"):
        found = found.get(key) if isinstance(found, dict) else None
    known = found if isinstance(found, dict) else {}
    return {path: each for path, each in known.items() if isinstance(each, dict) and {"bytes", "sha256"} <= set(each)}


def _refusal(path: Path, content: bytes) -> str | None:
    if content.startswith(_POINTER):
        return f"{path} is a git-lfs pointer, not the file itself."
    if content[:256].lstrip().lower().startswith((b"<!doctype", b"<html")):
        return f"{path} is an HTML page, not the file itself."
    return None


def _inside(directory: Path, name: str) -> Path:
    path = directory / name
    if not path.resolve().is_relative_to(directory.resolve()):
        raise ModelFileError(
            f"The model.json in {directory} names a shard outside of its directory: {name}.",
            remedy="Do not trust this model.",
        )
    return path


def _read_shard(path: Path) -> Bytes:
    if not path.is_file():
        raise ModelFileError(
            f"A weight shard is missing: {path}.", remedy="Copy all files of the model, or convert it again."
        )
    shard = np.fromfile(path, np.uint8)
    if (refusal := _refusal(path, shard[:256].tobytes())) is not None:
        raise ModelFileError(refusal, remedy="Fetch the file itself: run git lfs pull, or download it again.")
    return shard


def _check_content(path: Path, shard: Bytes, told: Mapping[str, Any] | None) -> None:
    """Refuses a shard which is not the one that was written."""
    if told is None:
        return
    again = "Copy all files of the model again, or convert it again."
    if shard.nbytes != told["bytes"]:
        raise ModelFileError(
            f"{path} has {shard.nbytes} bytes; {told['bytes']} were written when the model was converted.", remedy=again
        )
    if hashlib.sha256(shard.data).hexdigest() != told["sha256"]:
        raise ModelFileError(
            f"{path} is not the file that was written when the model was converted: its SHA-256 is another.",
            remedy=again,
        )


def _byte_length(spec: Mapping[str, Any]) -> int | None:
    dtype = (spec.get("quantization") or spec)["dtype"]
    return prod(spec["shape"]) * _WIDTHS[dtype] if dtype in _WIDTHS else None


def _check_length(directory: Path, group: Mapping[str, Any], found: int) -> None:
    lengths = [_byte_length(spec) for spec in group["weights"]]
    if None in lengths:
        return  # the length of a string tensor is known from its bytes only
    expected = sum(length for length in lengths if length is not None)
    if found != expected:
        raise ModelFileError(
            f"The weight shards in {directory} have {found} bytes; model.json expects {expected}.",
            remedy="Copy all files of the model again, or convert it again.",
        )


def _check_sizes(directory: Path, sizes: Sequence[int]) -> None:
    if len(sizes) > 1 and len(set(sizes[:-1])) == 1 and sizes[-1] > sizes[0]:
        raise ModelFileError(
            f"TensorFlow.js misreads the weight shards in {directory}: the last one is larger than the others, "
            f"which have {sizes[0]} bytes each, and a browser would see zeros in its place.",
            remedy="Convert the model again: shards of one size, the last of which may be smaller, are read rightly.",
        )


def read_model(path: str | Path) -> ModelFiles:
    """Reads model.json of a directory, or the file itself; the shards are read later."""
    given = Path(path)
    recover(given.parent if given.suffix == ".json" and not given.is_dir() else given)
    file = given / "model.json" if given.is_dir() or given.suffix != ".json" else given
    if not file.is_file():
        raise ModelFileError(
            f"There is no web model at {given}: {file} does not exist.", remedy="Give a directory with a model.json."
        )
    content = file.read_bytes()
    if (refusal := _refusal(file, content)) is not None:
        raise ModelFileError(refusal, remedy="Fetch the file itself: run git lfs pull, or download it again.")
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise ModelFileError(f"{file} is not JSON: {error}.", remedy="Convert the model again.") from None
    if not isinstance(parsed, dict) or "modelTopology" not in parsed:
        raise ModelFileError(
            f"{file} is not a TensorFlow.js model: it has no modelTopology.", remedy="Give a converted model."
        )
    return ModelFiles(file.parent, parsed)
