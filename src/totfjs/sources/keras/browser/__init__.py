"""A Keras model as tfjs-layers deserialises it, for `tf.loadLayersModel`, or what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.errors import UnsupportedError
from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.browser.draw import Drawing
from totfjs.sources.keras.browser.sketch import Sketch
from totfjs.weights.array import Array

Weights = tuple[tuple[str, Array], ...]


@dataclass(frozen=True)
class LayersModel:
    """The parts of a `model.json` of tfjs-layers.

    `topology` is the `modelTopology`; `groups` are the weights under the names that tfjs-layers gives them. `training`
    is the `trainingConfig`, and `optimizer` holds the weights of its optimizer.
    """

    topology: Mapping[str, Any]
    groups: tuple[Weights, ...]
    training: Mapping[str, Any] | None = None
    optimizer: Weights = ()
    notes: tuple[str, ...] = ()


def layers_model(
    model: Model,
    training: Mapping[str, Any] | None = None,
    optimizer: Sequence[tuple[str, Array]] = (),
    split: bool = False,
) -> LayersModel:
    """The model for tfjs-layers; raises an error that names every layer which it cannot take.

    The weights are one group, or with `split` one for each layer that has any.
    """
    from totfjs.sources.keras.browser.training import compiled

    drawing = Drawing()
    sketch = drawing.model(model)
    if drawing.obstacles:
        raise _refused(model, drawing)
    state = compiled(model, sketch, training, optimizer)
    topology = {"class_name": sketch.kind, "config": sketch.config, "keras_version": "2.15.0", "backend": "tensorflow"}
    groups = tuple(tuple(group) for _, group in sketch.weights())
    groups = groups if split else (tuple(item for group in groups for item in group),)
    renamed = [f"{old} is named {new} in TensorFlow.js." for old, new in drawing.names.renamed.items()]
    return LayersModel(topology, groups, state.config, state.weights, (*renamed, *state.notes))


def obstacles(model: Model) -> tuple[str, ...]:
    """Why tfjs-layers cannot take the model: a reason for each layer, none when it can."""
    drawing = Drawing()
    drawing.model(model)
    return _listed(drawing)


def _listed(drawing: Drawing) -> tuple[str, ...]:
    return tuple(f"{layer}: {why}" for layer, why in drawing.obstacles.items())


def _refused(model: Model, drawing: Drawing) -> UnsupportedError:
    lines = "\n".join(f"  {line}" for line in _listed(drawing))
    return UnsupportedError(
        f"The layers of tfjs cannot take {model.name} as Keras means it:\n{lines}",
        remedy="Convert it with --to graph, which can.",
        place=model.name,
    )


__all__ = ["LayersModel", "Sketch", "layers_model", "obstacles"]
