"""A model of tfjs-layers while it is drawn: its layers, how they are called, and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from totfjs.sources.keras.browser.flow import Flow, Obstacle, Shape, Source
from totfjs.sources.keras.browser.names import Names
from totfjs.sources.keras.browser.values import unstarted
from totfjs.weights.array import Array

# Classes of tfjs-layers that hand on the mask of their first input.
KEEPING = frozenset(
    ("Activation", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Dense",
     "BatchNormalization", "LayerNormalization", "ReLU", "PReLU", "TimeDistributed")
)  # fmt: skip
# Classes that compute something else in training.
_NOISY = frozenset(["BatchNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout"])


@dataclass
class Drawn:
    """A layer as tfjs-layers deserialises it. `weights` are named below the layer; `inner` is the model that it is."""

    kind: str
    name: str
    config: Mapping[str, Any]
    trainable: bool = True
    weights: Sequence[tuple[str, Array]] = ()
    inner: Sketch | None = None
    nodes: list[list[Source]] = field(default_factory=list)
    shape: Shape | None = None
    outputs: int = 1

    @property
    def document(self) -> dict[str, Any]:
        """The layer without its calls."""
        own = {"name": self.name, "trainable": self.trainable}
        if self.inner is not None and self.kind != "TimeDistributed":
            return {"class_name": self.inner.kind, "config": unstarted(self.inner.config)}
        return {"class_name": self.kind, "config": {**own, **self.config}}


@dataclass
class Sketch:
    """The layers in the order in which they are first called.

    `owners` are the Keras layers that have been drawn. `untrained` says why training would not be as in Keras, and
    `readers` are the layers that ask for a mask, each with the one that it gets.
    """

    name: str
    kind: str = "Model"
    names: Names = field(default_factory=Names)
    layers: dict[str, Drawn] = field(default_factory=dict)
    inputs: list[Source] = field(default_factory=list)
    outputs: list[Source] = field(default_factory=list)
    untrained: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    readers: list[tuple[str, str | None]] = field(default_factory=list)
    masks: bool = False
    stateful: bool = False
    flows: tuple[Flow, ...] = ()
    parts: dict[tuple[str, str], str] = field(default_factory=dict)

    def part(self, owner: str, part: str, drawn: Drawn) -> Drawn:
        """The layer that is this part of a Keras layer; one that was drawn before where it is the same."""
        key, count = (owner, part), 1
        while key in self.parts:
            known = self.layers[self.parts[key]]
            if known.kind == drawn.kind and dict(known.config) == dict(drawn.config):
                return known
            if drawn.weights or drawn.inner:
                raise Obstacle("it is called with inputs of different shapes")
            count += 1
            key = (owner, f"{part}_{count}" if part else str(count))
        drawn.name = self.names.take(f"{owner}_{key[1]}" if key[1] else owner, not key[1])
        self.parts[key] = drawn.name
        self.layers[drawn.name] = drawn
        return drawn

    def call(self, drawn: Drawn, inputs: Sequence[Flow]) -> int:
        """Adds a call; gives its number: models count from one, their own making was the first."""
        drawn.nodes.append([flow.source for flow in inputs if flow.source is not None])
        return len(drawn.nodes) - 1 + (drawn.inner is not None and drawn.kind != "TimeDistributed")

    @property
    def trains_otherwise(self) -> bool:
        """Whether a layer computes something else in training."""
        inner = (drawn.inner for drawn in self.layers.values() if drawn.inner is not None)
        kinds = {drawn.kind for drawn in self.layers.values()}
        return bool(kinds & _NOISY) or any(sketch.trains_otherwise for sketch in inner)

    @property
    def is_chain(self) -> bool:
        """Whether each layer has one call, on what the one before gives."""
        drawn = list(self.layers.values())
        sources = [[Source(item.name, int(item.inner is not None), 0)] for item in drawn]
        if any(item.outputs > 1 for item in drawn):
            return False
        chained = all(item.nodes == [source] for item, source in zip(drawn[1:], sources, strict=False))
        return chained and len(self.inputs) == len(self.outputs) == 1 and [self.outputs] == sources[-1:]

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the model."""
        if self.kind == "Sequential":
            return {"name": self.name, "layers": [drawn.document for drawn in self.layers.values()]}
        listed = [
            {
                **drawn.document,
                "name": drawn.name,
                "inbound_nodes": [[[*source, {}] for source in node] for node in drawn.nodes if node],
            }
            for drawn in self.layers.values()
        ]
        ends = {"input_layers": list(map(list, self.inputs)), "output_layers": list(map(list, self.outputs))}
        return {"name": self.name, "layers": listed, **ends}

    def weights(self) -> Iterator[tuple[str, list[tuple[str, Array]]]]:
        """The weights of each layer that has any, as tfjs-layers names them; those of inner models are layers too."""
        for drawn in self.layers.values():
            if drawn.weights:
                yield drawn.name, [(f"{drawn.name}/{name}", array) for name, array in drawn.weights]
            if drawn.inner is not None:
                yield from drawn.inner.weights()
