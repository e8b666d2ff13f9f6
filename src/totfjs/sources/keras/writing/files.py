"""Writes `.keras` archives and `.h5` files, whole or not at all, weights piece by piece."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import OutputExistsError, UsageError
from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.parsing.attach import listed_of, nested_of, places_of
from totfjs.sources.keras.writing.config import document_of
from totfjs.weights.array import Array
from totfjs.weights.disk import sync_directory, writing

# The version of Keras whose words are written.
KERAS = "3.0.0"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ATTRIBUTE_LIMIT = 64512
SUFFIXES = (".keras", ".h5", ".hdf5")


def check_file(output: str | Path, *, force: bool) -> Path:
    """The path of a file that may be written."""
    path = Path(output)
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path} is no name of a Keras file.", remedy="Name it model.keras or model.h5.")
    if path.is_dir() or (path.exists() and not force):
        kind = "is a directory" if path.is_dir() else "exists already"
        raise OutputExistsError(f"{path} {kind}.", remedy="Replace it with --force, or choose another output.")
    return path


def write_keras(
    output: str | Path,
    model: Model,
    *,
    training: Mapping[str, Any] | None,
    force: bool = False,
    check: Callable[[Path], None] | None = None,
) -> int:
    """Writes the model as its suffix says; returns how many bytes it has. `check` looks at it before it is in place."""
    path = check_file(output, force=force)
    write = _write_archive if path.suffix == ".keras" else _write_hdf5
    with _replacing(path) as new:
        write(new, model, training)
        if check is not None:
            check(new)
    return path.stat().st_size


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A path beside the output which takes its place when the body ends well."""
    new = path.with_name(f".{path.name[:60]}.totfjs-{secrets.token_hex(4)}")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield new
            with new.open("rb+") as file:
                os.fsync(file.fileno())
            new.replace(path)
            sync_directory(path.parent)
    finally:
        new.unlink(missing_ok=True)


def _write_archive(path: Path, model: Model, training: Mapping[str, Any] | None) -> None:
    document = document_of(model) | ({"compile_config": training} if training else {})
    weights = path.with_name(f"{path.name}.weights")
    try:
        _write_weights(weights, nested_of(model))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(_member("metadata.json"), json.dumps({"keras_version": KERAS}))
            archive.writestr(_member("config.json"), json.dumps(document))
            member = _member("model.weights.h5")
            member.file_size = weights.stat().st_size  # so that files beyond 4 GiB get the headers they need
            with archive.open(member, "w") as target, weights.open("rb") as source:
                while piece := source.read(1 << 22):
                    target.write(piece)
            for name, content in _assets(model):
                archive.writestr(_member(name), content)
    finally:
        weights.unlink(missing_ok=True)


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, _EPOCH)


def _assets(model: Model) -> Iterator[tuple[str, bytes]]:
    for place, layer in places_of(model):
        for name, content in layer.assets.items():
            yield f"assets/{place}/{name}", content


def _write_weights(path: Path, arrays: Mapping[str, Array]) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_group("vars")  # as Keras has it, also where nothing is in it
        for name, array in arrays.items():
            _write_array(file, name, array)


def _write_hdf5(path: Path, model: Model, training: Mapping[str, Any] | None) -> None:
    import h5py

    document = document_of(model)
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = KERAS
        file.attrs["backend"] = "jax"
        file.attrs["model_config"] = json.dumps(document).encode()
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        group = file.create_group("model_weights")
        lists = listed_of(model)
        _write_names(group, "layer_names", list(lists))
        group.attrs["keras_version"], group.attrs["backend"] = KERAS, "jax"
        for name in sorted(lists):
            inner = group.create_group(name)
            _write_names(inner, "weight_names", [path for path, _ in lists[name]])
            for weight, array in lists[name]:
                _write_array(inner, weight, array)
        _write_names(group.create_group("top_level_model_weights"), "weight_names", [])


def _write_names(group: Any, key: str, names: Sequence[str]) -> None:
    """A list of names, in several attributes where one cannot hold it."""
    encoded = np.asarray([name.encode() for name in names])
    count = -(-encoded.nbytes // _ATTRIBUTE_LIMIT) or 1
    if count == 1:
        group.attrs[key] = encoded if encoded.size else np.asarray([], np.float64)
        return
    for index, part in enumerate(np.array_split(encoded, count)):
        group.attrs[f"{key}{index}"] = part


def _write_array(group: Any, name: str, array: Array) -> None:
    """A dataset, filled piece by piece."""
    if array.dtype.kind == "O":
        raise UsageError(f"Weight {name} holds text, which a Keras file does not.", remedy="Convert another model.")
    dataset = group.create_dataset(name, array.shape, dtype=array.dtype)
    if not array.size:
        return
    if not array.shape:
        dataset[()] = array.numpy()
        return
    inner = int(np.prod(array.shape[1:], dtype=np.int64))
    start, held = 0, np.empty(0, array.dtype)
    for chunk in array.chunks():
        held = np.concatenate([held, chunk])
        count = held.size // inner
        dataset[start : start + count] = held[: count * inner].reshape(count, *array.shape[1:])
        start, held = start + count, held[count * inner :]
