"""A layers model on disk as a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totfjs.sources.keras import opened
from totfjs.sources.keras.reading.web import read_web
from totfjs.sources.keras.source import KerasModel
from totfjs.weights.array import Array
from totfjs.weights.entry import Entry
from totfjs.weights.read import read_manifest

if TYPE_CHECKING:
    from totfjs.sources.keras.browser import LayersModel


def read_layers(directory: Path, document: Mapping[str, Any]) -> LayersWebModel:
    """A layers model as a source."""
    return layers_with(directory, document, read_manifest(document.get("weightsManifest") or (), directory))


def layers_with(path: Path, document: Mapping[str, Any], entries: Mapping[str, Entry]) -> LayersWebModel:
    """A layers model whose weights are at hand; errors name the `path`."""
    manifest = document.get("weightsManifest") or ()
    model = {name: entry for name, entry in entries.items() if name not in _of_optimizer(manifest)}
    found = opened(read_web(path, document, model))
    return LayersWebModel(found.model, found.saved, document=document, entries=entries, _found=widened(entries))


def widened(entries: Mapping[str, Entry]) -> list[str]:
    """What to tell the user of weights that are stored in fewer bits."""
    kinds = sorted({entry.affine.dtype for entry in entries.values() if entry.affine})
    return [f"Weights are stored as {', '.join(kinds)}: give --quantize to keep them so."] if kinds else []


def _of_optimizer(manifest: Iterable[Mapping[str, Any]]) -> set[str]:
    return {line["name"] for group in manifest for line in group["weights"] if line.get("group") == "optimizer"}


@dataclass(frozen=True, eq=False)
class LayersWebModel(KerasModel):
    """A layers model that is on disk already: written again, it keeps its layers to the letter."""

    document: Mapping[str, Any] | None = None
    entries: Mapping[str, Entry] | None = None

    def layers_model(self, *, split: bool = False) -> LayersModel:
        """The same layers and weights."""
        from totfjs.sources.keras.browser import LayersModel

        assert self.document is not None and self.entries is not None
        manifest = self.document.get("weightsManifest") or ()
        training = _of_optimizer(manifest)
        named = [(name, entry.values) for name, entry in self.entries.items()]
        kept = tuple((name, array) for name, array in named if name not in training)
        groups: tuple[tuple[tuple[str, Array], ...], ...] = (kept,)
        if split:
            layers = dict.fromkeys(name.partition("/")[0] for name, _ in kept)
            groups = tuple(tuple(item for item in kept if item[0].partition("/")[0] == layer) for layer in layers)
        state = tuple((name, array) for name, array in named if name in training)
        return LayersModel(self.document["modelTopology"], groups, self.document.get("trainingConfig"), state, ())

    def obstacles(self) -> tuple[str, ...]:
        """None: it is a layers model."""
        return ()
