"""A graph model read from its directory, with lazy weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import ModelFileError
from totfjs.graph.decode import decode
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.limits import AtLeast
from totfjs.graph.ops import Backend
from totfjs.graph.types import TensorType
from totfjs.runtime.model_files import read_model
from totfjs.sources.description import known_limits, unpacked
from totfjs.weights.entry import Entry
from totfjs.weights.read import read_manifest


@dataclass(frozen=True)
class WebModel:
    """The parsed `model.json` of a graph model, and its weights by name."""

    json: Mapping[str, Any]
    weights: Mapping[str, Entry]
    notes: Sequence[str] = ()
    tolerance: float = 0.0
    reference: str = "its own graph in numpy"

    @classmethod
    def read(cls, path: Path) -> WebModel:
        """Reads the model in a directory; only graph models have a graph."""
        directory = path.parent if path.name == "model.json" else path
        document = read_model(directory).json
        if document.get("format") == "layers-model":
            raise ModelFileError(
                f"{path} is a layers model; this needs a graph model.",
                remedy="Run it with totfjs.run, or convert its source with to='graph'.",
            )
        if not isinstance(document.get("modelTopology"), dict) or "node" not in document["modelTopology"]:
            raise ModelFileError(f"{path} has no graph in its model.json.", remedy="Convert the model again.")
        return cls(document, read_manifest(document.get("weightsManifest", ()), directory))

    def graph(self, backends: Sequence[Backend]) -> Graph:
        """The model's graph."""
        return replace(self._graph, backends=tuple(backends))

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by the signature's names."""
        return {name: self._graph.type(value) for name, value in self._graph.inputs.items()}

    @property
    def outputs(self) -> Mapping[str, TensorType]:
        """The outputs by the signature's names."""
        return {name: self._graph.type(value) for name, value in self._graph.outputs.items()}

    @property
    def description(self) -> Mapping[str, Any]:
        """What the user said of inputs and outputs when the model was converted; empty if nobody kept it."""
        found = (self.json.get("userDefinedMetadata") or {}).get("totfjs") or {}
        return {key: found[key] for key in ("arguments", "limits", "outputs") if key in found}

    @property
    def arguments(self) -> dict[str, Any]:
        """The inputs as the source takes them: trees of text such as `uint8[b,t>=4]`."""
        kept = self.description.get("arguments") or {name: str(kind) for name, kind in self.inputs.items()}
        return {name: unpacked(tree) for name, tree in kept.items()}

    @property
    def limits(self) -> tuple[AtLeast, ...]:
        """What is known of the dynamic dims."""
        return known_limits(self.description.get("limits", ()))

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the graph means, in numpy."""
        return interpret(self._graph, inputs)

    @cached_property
    def _graph(self) -> Graph:
        return decode(self.json, {name: entry.values for name, entry in self.weights.items()})
