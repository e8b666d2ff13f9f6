"""Tells the files of a web model from any other, so that only a web model is ever replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SHARD = re.compile(r"group\d+-shard\d+of\d+(\.bin)?")
_FIXED = {"model.json", "weights_manifest.json", "assets.zip", ".DS_Store"}


def foreign_files(directory: Path) -> list[str]:
    """Return the names in a directory that do not belong to a web model; directories end in a slash."""
    model = _load(directory / "model.json")
    known = _FIXED | _named_by_manifests(directory, model)
    return sorted(_name(path) for path in directory.iterdir() if not _is_ours(path, known, model))


def _is_ours(path: Path, known: set[str], model: Any) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if path.name == "model.json":
        return isinstance(model, dict) and ("modelTopology" in model or "weightsManifest" in model)
    if path.name == "weights_manifest.json":
        return isinstance(_load(path), list)
    return path.name in known or _SHARD.fullmatch(path.name) is not None


def _named_by_manifests(directory: Path, model: Any) -> set[str]:
    manifest = model.get("weightsManifest") if isinstance(model, dict) else None
    groups = [*_groups(manifest), *_groups(_load(directory / "weights_manifest.json"))]
    return {path for group in groups for path in group.get("paths", []) if isinstance(path, str)}


def _groups(manifest: Any) -> Iterator[dict[str, Any]]:
    for group in manifest if isinstance(manifest, list) else []:
        if isinstance(group, dict) and isinstance(group.get("paths", []), list):
            yield group


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _name(path: Path) -> str:
    return f"{path.name}/" if path.is_dir() else path.name
