"""Writes the loader of a model into a directory of the user's site."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs import __version__
from totfjs.loader.declarations import declarations
from totfjs.loader.place import place
from totfjs.runtime import Engine, open_engine
from totfjs.runtime.bundled import bundled
from totfjs.runtime.model_files import ModelFiles, read_model
from totfjs.runtime.session import Port
from totfjs.weights.disk import writing

_MARK = "// Written by totfjs"
_MODEL = "const MODEL = 'model.json';"


@dataclass(frozen=True)
class Exported:
    """What was written: the files in `path`, and the inputs and outputs that the types name."""

    path: Path
    files: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    asynchronous: bool

    def json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        ports = {"inputs": self.inputs, "outputs": self.outputs}
        return {
            "path": str(self.path),
            "files": list(self.files),
            **{kind: [vars(port) for port in each] for kind, each in ports.items()},
            "asynchronous": self.asynchronous,
        }


def export_loader(model_dir: str | Path, output: str | Path, *, engine: Engine | None = None) -> Exported:
    """Writes `model-loader.js`, `model-loader.d.ts` and `verify.mjs` for a web model into a directory.

    What the model takes and gives is what a real TensorFlow.js says of it. Files that this command wrote before are
    replaced; others are left, and refused.
    """
    files, directory = read_model(model_dir), Path(output)
    if engine is None:
        with open_engine() as opened:
            return export_loader(model_dir, output, engine=opened)
    with engine.load(files.json, files.shards(), "cpu") as session:
        inputs, outputs, asynchronous = session.inputs, session.outputs, session.asynchronous
    texts = {
        "model-loader.js": _marked(bundled("loader/model-loader.js").read_text(encoding="utf-8")),
        "model-loader.d.ts": declarations(inputs, outputs, _dims(files), __version__),
        "verify.mjs": _marked(_of_model(bundled("loader/verify.mjs").read_text(encoding="utf-8"), files, directory)),
    }
    place(directory, {name: text.encode() for name, text in texts.items()}, _is_ours)
    return Exported(directory, tuple(texts), inputs, outputs, asynchronous)


def _marked(text: str) -> str:
    return f"{_MARK} {__version__} export-loader. SPDX-License-Identifier: Apache-2.0\n//\n{text}"


def _of_model(text: str, files: ModelFiles, directory: Path) -> str:
    """The script, which finds the model from where it lies itself."""
    model = (files.directory / "model.json").resolve()
    try:
        path = Path(os.path.relpath(model, directory.resolve())).as_posix()
    except ValueError:  # on another drive of Windows
        path = model.as_uri()
    assert _MODEL in text
    return text.replace(_MODEL, f"const MODEL = {json.dumps(_escaped(path))};")


def _escaped(path: str) -> str:
    """A relative path as an address."""
    from urllib.parse import quote

    return path if path.startswith("file:") else quote(path)


def _dims(files: ModelFiles) -> Mapping[str, Sequence[str]]:
    """The names that the user gave to the dims of inputs, where totfjs kept them."""
    found: Any = files.json
    for key in ("userDefinedMetadata", "totfjs", "inputs"):
        found = found.get(key) if isinstance(found, dict) else None
    named = found.items() if isinstance(found, dict) else ()
    return {name: [str(dim) for dim in dims] for name, dims in named if isinstance(dims, list)}


def _is_ours(path: Path) -> bool:
    with writing(path), path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK.encode()
