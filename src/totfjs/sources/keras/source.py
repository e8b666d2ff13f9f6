"""A Keras model as a source: lowers itself to a graph, and says what that graph means for comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.limits import AtLeast
from totfjs.graph.ops import BACKENDS, Backend
from totfjs.graph.types import TensorType
from totfjs.sources.description import described, packed
from totfjs.sources.keras.architecture import Layer, Model
from totfjs.sources.keras.inputs import inputs_of, notes_of
from totfjs.sources.keras.lower import lower
from totfjs.sources.keras.outputs import output_names
from totfjs.sources.keras.parsing.layouts import doubts
from totfjs.sources.keras.reading.saved import Saved

if TYPE_CHECKING:
    from totfjs.sources.intermediates import Intermediates
    from totfjs.sources.keras.browser import Attempt, LayersModel

# Some tens of roundings of each half-precision dtype.
_ROUNDING = {"bfloat16": 8e-2, "float16": 1e-2}


@dataclass(frozen=True, eq=False)
class KerasModel:
    """A model read from a file or taken from a live object: its layers with their weights.

    `live` computes what the model itself gives, where there is a model that can be `asked`; a file is only read.
    """

    model: Model
    saved: Saved
    given: Mapping[str, Any] | None = None
    wanted: Sequence[str] | None = None
    live: Any = None
    asked: Any = None
    limits: Sequence[AtLeast] = ()
    _found: list[str] = field(default_factory=list)

    @cached_property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, in the model's order."""
        return inputs_of(self.model, self.given)

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the outputs, in the model's order."""
        return self.wanted or output_names(self.model)

    @property
    def description(self) -> Mapping[str, Any]:
        """What is needed to open the source again."""
        arguments = {name: packed(str(kind), str) for name, kind in self.inputs.items()}
        return described(arguments, self.limits, self.outputs)

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know."""
        return (*notes_of(self.model), *doubts(self.model), *self._found)

    def obstacles(self) -> Sequence[str]:
        """Why tfjs-layers cannot take the model; nothing when it can."""
        if self.wanted or self.given:
            return ("outputs or inputs other than the model's own",)
        return self._attempt.obstacles

    @property
    def reference(self) -> str:
        """What the model is compared with: a file computes nothing by itself."""
        return "the source" if self.live is not None else "the layers of the file in numpy"

    @property
    def tolerance(self) -> float:
        """The relative error that a live model leaves open, which rounds to halves where its policies say so."""
        if self.live is None:
            return 0.0
        return max((error for layer in self.model.walk() for error in _roundings(layer)), default=0.0)

    def check_whole(self) -> None:
        """Raises when outputs or inputs were chosen: layers are kept as they are."""
        if self.wanted or self.given:
            raise UsageError(
                "Layers are kept as they are: their inputs and outputs cannot be chosen.",
                remedy="Leave --input and --outputs out, or convert with --to graph.",
            )

    @property
    def compiled(self) -> Mapping[str, Any] | None:
        """The compile state, where Keras 3 has written it."""
        return self.saved.training if self.model.generation >= 3 else None

    def layers_model(self, *, split: bool = False) -> LayersModel:
        """The model as tfjs-layers has it; raises with all that it cannot take."""
        from totfjs.sources.keras.browser import layers_model

        self.check_whole()
        return layers_model(self.model, self.saved.training, self.saved.optimizer, split, self._attempt)

    @cached_property
    def _attempt(self) -> Attempt:
        from totfjs.sources.keras.browser import attempt

        return attempt(self.model)

    def graph(self, backends: Sequence[Backend] = BACKENDS) -> Graph:
        """The model in the TensorFlow.js vocabulary, not optimised."""
        graph, lowering = lower(self.model, self.inputs, backends)
        self._found.extend(note for note in lowering.notes if note not in self._found)
        return _chosen(graph, self.wanted)

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the live model gives, or else what the graph of its layers means in numpy."""
        if self.live is not None:
            return dict(self.live(inputs))
        return interpret(self._meaning, inputs)

    def intermediates(self, inputs: Mapping[str, np.ndarray]) -> Intermediates | None:
        """What each layer gives in Keras, and the values that its lowering makes of it; None for a file."""
        from totfjs.sources.keras.watched import watched

        return None if self.asked is None else watched(self, self.asked, inputs)

    @cached_property
    def _meaning(self) -> Graph:
        return self.graph()


def _roundings(layer: Layer) -> Iterator[float]:
    """The roundings of the dtypes that a layer computes in."""
    policy = str(layer.config.get("dtype"))
    return (error for half, error in _ROUNDING.items() if half in policy)


def _chosen(graph: Graph, wanted: Sequence[str] | None) -> Graph:
    if not wanted:
        return graph
    missing = [name for name in wanted if name not in graph.outputs]
    if missing:
        raise UsageError(
            f"The model has no output {', '.join(missing)}.",
            remedy=f"Choose from its outputs: {', '.join(graph.outputs)}.",
        )
    return Graph(
        graph.nodes, graph.inputs, {name: graph.outputs[name] for name in wanted}, graph.functions, graph.backends
    )
