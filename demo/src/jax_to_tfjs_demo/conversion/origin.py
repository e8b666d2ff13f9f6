"""Where a web model of the demo came from, which its `model.json` says for whoever verifies or shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from jax_to_tfjs_demo.errors import DemoError

# The key of `userDefinedMetadata` that it stands under.
KEY = "demo"


@dataclass(frozen=True)
class Origin:
    """The checkpoint of a web model. `accuracy` is what training measured, `fingerprint` that of its parameters."""

    model: str
    framework: str
    checkpoint: str
    step: int | None
    accuracy: float | None
    quantization: str
    data: str
    parameters: int
    fingerprint: str

    def metadata(self) -> dict[str, Any]:
        """What `totfjs.convert` takes as `metadata`."""
        return {KEY: asdict(self)}


def origin_of(directory: str | Path) -> Origin | None:
    """What a web model says of where it came from; None when it was not the demo that wrote it."""
    found = _metadata(Path(directory)).get(KEY)
    if not isinstance(found, Mapping):
        return None
    known = {field.name: found[field.name] for field in fields(Origin) if field.name in found}
    try:
        return Origin(**known)
    except TypeError:
        return None


def _metadata(directory: Path) -> Mapping[str, Any]:
    path = directory / "model.json"
    if not path.is_file():
        raise DemoError(
            _missing(directory), remedy="Convert a model first: app convert. It is written to tfjs_models/."
        )
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise DemoError(f"{path} is not JSON: {error}", remedy="Convert the model again: app convert.") from error
    found = document.get("userDefinedMetadata") if isinstance(document, dict) else None
    return found if isinstance(found, Mapping) else {}


def _missing(directory: Path) -> str:
    if directory.is_dir():
        return f"{directory} is no web model: it has no model.json."
    return f"There is no {directory}."
