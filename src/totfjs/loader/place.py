"""Puts files into a directory of the user's: all of them or, where one is not ours to replace, none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from totfjs.errors import OutputExistsError
from totfjs.weights.disk import write_file, writing


def place(directory: Path, files: Mapping[str, bytes], is_ours: Callable[[Path], bool]) -> None:
    """Writes files in their order, each in the place of what `is_ours` knows as written by the same command before."""
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = directory / name
        if path.is_symlink() or (path.exists() and not (_holds(path, content) or is_ours(path))):
            raise OutputExistsError(
                f"{path} exists already, and is not a file that this command wrote.",
                remedy="Move it away, or choose another directory.",
            )
    for name, content in files.items():
        _replace(directory / name, content)


def _holds(path: Path, content: bytes) -> bool:
    with writing(path):
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        write_file(partial, content)
        with writing(path):
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
