"""`.keras`: a zip file, or a directory, of config.json, metadata.json, model.weights.h5 and assets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from totfjs.sources.keras.reading.configuration import LONGEST, parse_model, parse_object
from totfjs.sources.keras.reading.hdf5 import read_nested, split_optimizer
from totfjs.sources.keras.reading.members import open_members
from totfjs.sources.keras.reading.problems import damaged, foreign, reading, unsafe
from totfjs.sources.keras.reading.saved import Saved
from totfjs.sources.keras.reading.structure import file_place
from totfjs.weights.array import Array

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
_PICKLED = "model.weights.npz"
_LARGEST_ASSETS = 64 << 20


def read_archive(path: Path) -> Saved:
    """Read a `.keras` file; its weights stay in it unless they are compressed."""
    with open_members(path) as members:
        if CONFIG not in members:
            raise foreign(path, f"a zip file, but not one of Keras: it has no {CONFIG}")
        config = members.read(CONFIG, LONGEST)
        metadata = members.read(METADATA, LONGEST) if METADATA in members else b"{}"
        _refuse_pickles(path, _PICKLED in members)
        names = members.below(ASSETS)
        _check_assets(path, sum(members.size(name) for name in names))
        assets = {name.removeprefix(ASSETS): members.read(name, _LARGEST_ASSETS) for name in names}
        place = members.place(WEIGHTS)
    return _saved(path, config, metadata, read_nested(place), assets)


def read_directory(path: Path) -> Saved:
    """Read a `.keras` file that was unpacked, or saved as a directory."""
    with reading(path):
        _refuse_pickles(path, (path / _PICKLED).exists())
        config, weights = _read(path / CONFIG), path / WEIGHTS
        metadata = _read(path / METADATA) if (path / METADATA).exists() else b"{}"
        assets = _directory_assets(path / ASSETS)
    return _saved(path, config, metadata, read_nested(file_place(weights)), assets)


def is_archive_directory(path: Path) -> bool:
    """Whether a directory is an unpacked `.keras` file."""
    return (path / CONFIG).is_file() and (path / WEIGHTS).is_file()


def _saved(
    path: Path, config: bytes, metadata: bytes, paths: Mapping[str, Array], assets: Mapping[str, bytes]
) -> Saved:
    model = parse_model(path, CONFIG, config)
    version = parse_object(path, METADATA, metadata).get("keras_version")
    compiled = model.get("compile_config")
    if not isinstance(compiled, dict | None):
        raise damaged(path, "its compile_config is not an object")
    weights, optimizer = split_optimizer(paths)
    known = version if isinstance(version, str) else ""
    return Saved(path, "Keras archive", known, model, compiled, weights, optimizer, assets)


def _refuse_pickles(path: Path, found: bool) -> None:
    if found:
        raise unsafe(path, f"its weights are objects of Python ({_PICKLED}), which only code from it could read")


def _check_assets(path: Path, size: int) -> None:
    if size > _LARGEST_ASSETS:
        raise unsafe(path, f"its assets take {size:,} bytes")


def _read(path: Path) -> bytes:
    if path.is_symlink() or path.stat().st_size > LONGEST:
        raise unsafe(path, "it is a symbolic link or far too long")
    return path.read_bytes()


def _directory_assets(top: Path) -> dict[str, bytes]:
    files = [path for path in sorted(top.rglob("*")) if path.is_symlink() or not path.is_dir()]
    if (link := next((path for path in [top, *files] if path.is_symlink()), None)) is not None:
        raise unsafe(link, "it is a symbolic link")
    _check_assets(top, sum(path.stat().st_size for path in files))
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in files}
