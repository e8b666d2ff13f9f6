"""What the page tells of a model: its network, how its weights are stored, its sizes, how right it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jax_to_tfjs_demo import verification
from jax_to_tfjs_demo.conversion import Origin, origin_of
from jax_to_tfjs_demo.errors import DemoError

IMAGE, CLASSES = ["28", "28", "1"], "10"


@dataclass(frozen=True)
class Accuracy:
    """The share of test images that are read rightly, `of` the model in "training", or the one that was "converted"."""

    share: float
    of: str


@dataclass(frozen=True)
class Entry:
    """A model as models.json lists it. Files are addresses in the site; null is what nobody knows."""

    name: str
    model: str
    framework: str | None
    quantization: str
    data: str | None
    parameters: int | None
    accuracy: Accuracy | None
    path: str
    files: tuple[str, ...]
    bytes: int
    gzip: int
    brotli: int

    def json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {**asdict(self), "files": list(self.files)}


def entry_of(directory: Path) -> Entry:
    """The entry of a web model: how right it was found by `app verify`, or else its training."""
    origin = origin_of(directory)
    document = json.loads((directory / "model.json").read_bytes())
    _check_use(directory, document, origin)
    names = [path.name for path in files_of(directory)]
    sizes = verification.sizes_of(directory)
    return Entry(
        name=directory.name,
        model=origin.model if origin else directory.name,
        framework=origin.framework if origin else None,
        quantization=origin.quantization if origin else _stored(document),
        data=origin.data if origin else None,
        parameters=origin.parameters if origin else None,
        accuracy=_converted(directory) or _of_training(origin),
        path=f"models/{directory.name}/model.json",
        files=tuple(f"models/{directory.name}/{name}" for name in names),
        bytes=sizes.raw,
        gzip=sizes.gzip,
        brotli=sizes.brotli,
    )


def files_of(directory: Path) -> list[Path]:
    """`model.json` and the files with its weights, all of which are there."""
    paths = list(verification.files_of(directory))
    for path in paths:
        if path.parent != directory or not path.is_file():
            raise DemoError(
                f"{directory} is not whole: {path.name} is missing.", remedy="Convert the model again: app convert."
            )
    return paths


def _stored(document: Mapping[str, Any]) -> str:
    """How most of the weights are stored, of a model that says nothing of it."""
    sizes: dict[str, int] = {}
    for group in document.get("weightsManifest", ()):
        for weight in group["weights"]:
            kind = weight.get("quantization", {}).get("dtype", "none")
            size = 1
            for side in weight["shape"]:
                size *= side
            sizes[kind] = sizes.get(kind, 0) + size
    return max(sizes, key=lambda kind: sizes[kind], default="none")


def _converted(directory: Path) -> Accuracy | None:
    measured = verification.noted(directory)
    return None if measured is None else Accuracy(measured.accuracy, "converted")


def _of_training(origin: Origin | None) -> Accuracy | None:
    return None if origin is None or origin.accuracy is None else Accuracy(origin.accuracy, "training")


def _check_use(directory: Path, document: Mapping[str, Any], origin: Origin | None) -> None:
    """The page draws digits for models that read them."""
    if origin is not None and origin.data == "fashion":
        raise DemoError(
            f"{directory} reads clothes, and the page is for digits.", remedy="Name models that were trained on MNIST."
        )
    signature = document.get("signature", {})
    [image, *more] = [_dims(each) for each in signature.get("inputs", {}).values()] or [[]]
    outputs = [_dims(each) for each in signature.get("outputs", {}).values()] or [[]]
    if more or image[1:] != IMAGE or outputs[0][1:] != [CLASSES]:
        raise DemoError(
            f"{directory} does not take images of 28 × 28 and tell ten digits apart.",
            remedy="Name models that app convert wrote.",
        )


def _dims(entry: Mapping[str, Any]) -> list[str]:
    return [str(dim.get("size", "0")) for dim in entry.get("tensorShape", {}).get("dim", ())]
