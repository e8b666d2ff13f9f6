"""A Keras model as tfjs-layers deserialises it, for `tf.loadLayersModel`, or what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.errors import UnsupportedError
from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.browser.draw import Drawing
from totfjs.sources.keras.browser.flow import Shape
from totfjs.sources.keras.browser.sketch import Sketch
from totfjs.weights.array import Array

Weights = tuple[tuple[str, Array], ...]


@dataclass(frozen=True)
class LayersModel:
    """The parts of a `model.json` of tfjs-layers.

    `topology` is the `modelTopology`; `groups` are the weights under the names that tfjs-layers gives them. `training`
    is the `trainingConfig`, `optimizer` holds the weights of its optimizer,
    and `shapes` are those of the `outputs`, which are named after the layers that give them.
    """

    topology: Mapping[str, Any]
    groups: tuple[Weights, ...]
    training: Mapping[str, Any] | None = None
    optimizer: Weights = ()
    notes: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """A model as far as tfjs-layers can take it; `obstacles` are the reasons, one for each layer that it cannot."""

    drawing: Drawing
    sketch: Sketch

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why tfjs-layers cannot take the model; none when it can."""
        return tuple(f"{layer}: {why}" for layer, why in self.drawing.obstacles.items())


def attempt(model: Model) -> Attempt:
    """Tries to say a model in layers of tfjs."""
    drawing = Drawing()
    return Attempt(drawing, drawing.model(model))


def layers_model(
    model: Model,
    training: Mapping[str, Any] | None = None,
    optimizer: Sequence[tuple[str, Array]] = (),
    split: bool = False,
    made: Attempt | None = None,
) -> LayersModel:
    """The model for tfjs-layers; raises an error that names every layer which it cannot take.

    The weights are one group, or with `split` one for each layer that has any. `made` is an attempt at the same model.
    """
    from totfjs.sources.keras.browser.training import compiled

    made = made or attempt(model)
    drawing, sketch = made.drawing, made.sketch
    if made.obstacles:
        raise _refused(model, made)
    state = compiled(model, sketch, training, optimizer)
    topology = {"class_name": sketch.kind, "config": sketch.config, "keras_version": "2.15.0", "backend": "tensorflow"}
    groups = tuple(tuple(group) for _, group in sketch.weights())
    groups = groups if split else (tuple(item for group in groups for item in group),)
    renamed = [f"{old} is named {new} in TensorFlow.js." for old, new in drawing.names.renamed.items()]
    shapes = tuple(flow.shape for flow in sketch.flows)
    outputs = tuple(source.layer for source in sketch.outputs)
    return LayersModel(topology, groups, state.config, state.weights, (*renamed, *state.notes), shapes, outputs)


def obstacles(model: Model) -> tuple[str, ...]:
    """Why tfjs-layers cannot take the model: a reason for each layer, none when it can."""
    return attempt(model).obstacles


def _refused(model: Model, made: Attempt) -> UnsupportedError:
    lines = "\n".join(f"  {line}" for line in made.obstacles)
    return UnsupportedError(
        f"The layers of tfjs cannot take {model.name} as Keras means it:\n{lines}",
        remedy="Convert it with --to graph, which can.",
        place=model.name,
    )


__all__ = ["Attempt", "LayersModel", "Sketch", "attempt", "layers_model", "obstacles"]
