"""Loss, metrics and optimizer together: what TensorFlow.js would train otherwise than Keras is left out, and said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.browser.sketch import Drawn, Sketch
from totfjs.sources.keras.browser.training.losses import losses_of
from totfjs.sources.keras.browser.training.metrics import metrics_of
from totfjs.sources.keras.browser.training.optimizers import optimizer_of
from totfjs.sources.keras.browser.training.slots import slots
from totfjs.weights.array import Array


@dataclass(frozen=True)
class Compiled:
    """The `trainingConfig`, the weights of its optimizer, and what was left out."""

    config: Mapping[str, Any] | None = None
    weights: tuple[tuple[str, Array], ...] = ()
    notes: tuple[str, ...] = ()


def compiled(
    model: Model, sketch: Sketch, training: Mapping[str, Any] | None, optimizer: Sequence[tuple[str, Array]]
) -> Compiled:
    """The compile state for a drawn model."""
    state = _flat(training)
    if not state or state.get("optimizer") is None or state.get("loss") is None:
        return Compiled()
    notes: list[str] = []
    why = [*sketch.untrained]
    found = optimizer_of(state["optimizer"], optimizer)
    losses = losses_of(state, sketch)
    why += [item for item in (found, losses, _shared(sketch)) if isinstance(item, str)]
    if why or isinstance(found, str) or isinstance(losses, str):
        lines = "\n".join(f"  {line}" for line in why)
        return Compiled(notes=(f"The compile state is left out, for TensorFlow.js would train otherwise:\n{lines}",))
    metrics = metrics_of(state, sketch, losses, notes)
    notes += _of_javascript(sketch, losses)
    config = {"loss": losses if len(losses) > 1 else losses[0], "metrics": metrics, "optimizer_config": found.config}
    return Compiled(config, slots(model, sketch, found, notes), tuple(notes))


def _of_javascript(sketch: Sketch, losses: list[str]) -> list[str]:
    """What tfjs-layers does otherwise than Keras when it evaluates or is fed."""
    notes = []
    if len(losses) > 1:
        notes.append("TensorFlow.js adds up the losses of several outputs wrongly in evaluate; fit is right.")
    if any(_regularised(sketch)):
        notes.append("TensorFlow.js leaves regularisers out of the loss in evaluate; fit is right.")
    if "sparse_categorical_crossentropy" in losses:
        notes.append("TensorFlow.js takes the labels of sparse_categorical_crossentropy as floats.")
    return notes


def _regularised(sketch: Sketch) -> Iterator[Drawn]:
    """The layers that have a regulariser, those of models in the model too."""
    for drawn in sketch.layers.values():
        if any(key.endswith("_regularizer") and value for key, value in drawn.config.items()):
            yield drawn
        if drawn.inner is not None:
            yield from _regularised(drawn.inner)


def _flat(training: Mapping[str, Any] | None) -> dict[str, Any]:
    """The compile state in the form of Keras 3: the optimizer beside loss and metrics."""
    if not training:
        return {}
    state = dict(training)
    if "optimizer_config" in state:
        state["optimizer"] = state.pop("optimizer_config")
    return state


def _shared(sketch: Sketch) -> str | None:
    """TensorFlow.js adds the regularisers of a layer once for each call."""
    for drawn in _regularised(sketch):
        if len(drawn.nodes) > 1:
            return f"{drawn.name}: it is called {len(drawn.nodes)} times, and its regularisers would be added each time"
    return None
