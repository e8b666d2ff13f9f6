"""Losses by the names of tfjs-layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs.sources.keras.browser.sketch import Sketch
from totfjs.sources.keras.browser.training.objects import named, snake

# Names of Keras, short ones too → those of tfjs-layers, which turns them to camelCase.
LOSSES: Mapping[str, str] = {
    **dict.fromkeys(("mean_squared_error", "mse"), "mean_squared_error"),
    **dict.fromkeys(("mean_absolute_error", "mae"), "mean_absolute_error"),
    **dict.fromkeys(("mean_absolute_percentage_error", "mape"), "mean_absolute_percentage_error"),
    **dict.fromkeys(("mean_squared_logarithmic_error", "msle"), "mean_squared_logarithmic_error"),
    "categorical_crossentropy": "categorical_crossentropy",
    "sparse_categorical_crossentropy": "sparse_categorical_crossentropy",
    "binary_crossentropy": "binary_crossentropy",
    "categorical_hinge": "categorical_hinge",
    **dict.fromkeys(("log_cosh", "logcosh"), "logcosh"),
    "poisson": "poisson",
    **dict.fromkeys(("cosine_similarity", "cosine_proximity"), "cosine_proximity"),
    **dict.fromkeys(("kl_divergence", "kld", "kullback_leibler_divergence"), "kullback_leibler_divergence"),
}
# Arguments of loss objects and the values with which they are what tfjs-layers computes.
_PLAIN: Mapping[str, tuple[Any, ...]] = {
    "from_logits": (False, None),
    "label_smoothing": (0, 0.0, None),
    "axis": (-1, None),
    "reduction": ("sum_over_batch_size", "auto", "mean", None),
    "ignore_class": (None,),
}
_SILENT = ("name", "fn", "dtype")


def losses_of(state: Mapping[str, Any], sketch: Sketch) -> list[str] | str:
    """The loss of each output by its name in tfjs-layers, or a sentence that says why it cannot be said."""
    weights = state.get("loss_weights")
    flat = weights.values() if isinstance(weights, Mapping) else weights if isinstance(weights, list) else [weights]
    if any(weight not in (None, 1, 1.0) for weight in flat):
        return "TensorFlow.js lacks weights of losses"
    losses = _listed(state["loss"], sketch)
    if isinstance(losses, str):
        return losses
    found = [_name(loss) for loss in losses]
    for _, said in found:
        if said:
            return said
    shapes = {flow.shape[1:-1] for flow in sketch.flows}
    if len(shapes) > 1:
        return "TensorFlow.js adds up losses only of outputs with as many dims"
    return [name for name, _ in found]


def _listed(loss: Any, sketch: Sketch) -> list[Any] | str:
    """A loss for each output, in their order."""
    count = len(sketch.outputs)
    if isinstance(loss, Mapping) and "class_name" not in loss:
        names = {source.layer: source.layer for source in sketch.outputs} | sketch.names.renamed
        by_output = {names.get(key, key): value for key, value in loss.items()}
        if set(by_output) != {source.layer for source in sketch.outputs}:
            return "its losses are not those of its outputs"
        return [by_output[source.layer] for source in sketch.outputs]
    if isinstance(loss, list):
        return loss if len(loss) == count else "its losses are not as many as its outputs"
    return [loss] * count


def _name(loss: Any) -> tuple[str, str]:
    """The name, or why there is none."""
    kind, config = named(loss)
    kind = snake(str(config.get("fn") or kind) if kind == "LossFunctionWrapper" else kind)
    if kind in ("hinge", "squared_hinge"):
        return "", "TensorFlow.js does not turn labels of 0 into -1 for a hinge loss"
    if kind not in LOSSES:
        return "", f"TensorFlow.js lacks the loss {kind or loss}"
    for key, value in config.items():
        if key not in _SILENT and value not in _PLAIN.get(key, (None,)):
            return "", f"the loss {kind} has {key} {value}, which TensorFlow.js lacks"
    return LOSSES[kind], ""
