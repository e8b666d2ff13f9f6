"""A TensorFlow model as a source: lowers itself to a graph, and says what that graph means for comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.limits import AtLeast
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.graph.types import TensorType
from totfjs.sources.description import described, packed
from totfjs.sources.tensorflow.inputs import inputs_of, notes_of
from totfjs.sources.tensorflow.lower import lower
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.saved import Saved, Signature


@dataclass(frozen=True, eq=False)
class TensorFlowModel:
    """A signature of a SavedModel, or a frozen graph with its inputs and outputs.

    `kept` is what has to live as long as the model: a directory into which its files were unpacked.
    """

    saved: Saved
    signature: Signature
    given: Mapping[str, Any] | None = None
    limits: Sequence[AtLeast] = ()
    kept: Any = None
    keep_debug: bool = False
    _found: list[str] = field(default_factory=list)

    @cached_property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, in the order of the signature; complex ones in two parts."""
        return inputs_of(self.saved, self.signature, self.given)

    @property
    def description(self) -> Mapping[str, Any]:
        """What is needed to open the source again."""
        arguments = {name: packed(str(kind), str) for name, kind in self.inputs.items()}
        found = described(arguments, self.limits, list(self.signature.outputs))
        return {**found, "signature": self.signature.name, "tags": list(self.saved.tags)}

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know."""
        return (*self.saved.notes, *notes_of(self.signature), *self._found)

    @property
    def reference(self) -> str:
        """What the model is compared with: a file computes nothing by itself."""
        return "the ops of the file in numpy"

    @property
    def tolerance(self) -> float:
        """The relative error that the source's own dtypes leave open."""
        return 0.0

    def graph(self, backends: Sequence[Backend] = BACKENDS) -> Graph:
        """The model in the TensorFlow.js vocabulary, not optimised."""
        with reading(self.saved.path):
            graph, lowering = lower(self.saved, self.signature, self.inputs, backends, self.keep_debug)
        self._found.extend(note for note in lowering.notes if note not in self._found)
        return graph

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the ops mean in numpy."""
        return interpret(self._meaning, inputs)

    @cached_property
    def _meaning(self) -> Graph:
        return self.graph()
