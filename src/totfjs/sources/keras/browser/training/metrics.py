"""Metrics by the names of tfjs-layers; what it lacks is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs.sources.keras.browser.sketch import Sketch
from totfjs.sources.keras.browser.training.objects import named, snake

_METRICS: Mapping[str, str] = {
    **dict.fromkeys(("accuracy", "acc"), "accuracy"),
    **dict.fromkeys(("crossentropy", "ce"), "crossentropy"),
    "binary_accuracy": "binary_accuracy",
    "categorical_accuracy": "categorical_accuracy",
    "categorical_crossentropy": "categorical_crossentropy",
    "sparse_categorical_crossentropy": "sparse_categorical_crossentropy",
    **dict.fromkeys(("mean_squared_error", "mse"), "mse"),
    **dict.fromkeys(("mean_absolute_error", "mae"), "mae"),
    **dict.fromkeys(("mean_absolute_percentage_error", "mape"), "mape"),
}
_PLAIN: Mapping[str, tuple[Any, ...]] = {
    "threshold": (0.5,),
    "from_logits": (False,),
    "label_smoothing": (0, 0.0),
    "axis": (-1,),
}
_SILENT = ("name", "dtype", "fn")


def metrics_of(state: Mapping[str, Any], sketch: Sketch, losses: list[str], notes: list[str]) -> Any:
    """The metrics: a list for all outputs, or one of each output by name."""
    if state.get("weighted_metrics"):
        notes.append("The weighted metrics are left out: TensorFlow.js lacks them.")
    given = _by_output(state.get("metrics"), sketch, notes)
    found = [
        _known(items, loss, flow.shape[-1], notes)
        for items, loss, flow in zip(given, losses, sketch.flows, strict=True)
    ]
    if len(found) == 1 or all(items == found[0] for items in found):
        return found[0]
    for source, items in zip(sketch.outputs, found, strict=True):
        if len(items) > 1:
            notes.append(f"Of the metrics of {source.layer} only {items[0]} is kept: TensorFlow.js takes one.")
    return {source.layer: items[0] for source, items in zip(sketch.outputs, found, strict=True) if items}


def _by_output(metrics: Any, sketch: Sketch, notes: list[str]) -> list[list[Any]]:
    count = len(sketch.outputs)
    if isinstance(metrics, Mapping) and "class_name" not in metrics:
        names = {source.layer: source.layer for source in sketch.outputs} | sketch.names.renamed
        named: dict[str, list[Any]] = {
            str(names.get(key, key)): items if isinstance(items, list) else [items] for key, items in metrics.items()
        }
        strangers = sorted(set(named) - {source.layer for source in sketch.outputs})
        if strangers:
            notes.append(f"The metrics of {', '.join(strangers)} are left out: no layer of that name gives an output.")
        return [[item for item in named.get(source.layer, []) if item is not None] for source in sketch.outputs]
    if not isinstance(metrics, list):
        metrics = [] if metrics is None else [metrics]
    if any(isinstance(item, list) for item in metrics) and len(metrics) == count:
        return [item if isinstance(item, list) else [item] if item is not None else [] for item in metrics]
    flat = [each for item in metrics for each in (item if isinstance(item, list) else [item])]
    return [flat] * count


def _known(items: list[Any], loss: str, classes: int | None, notes: list[str]) -> list[str]:
    found = []
    for item in items:
        name = _name(item, loss, classes)
        if name is not None and name not in found:
            found.append(name)
        elif name is None:
            notes.append(f"The metric {snake(named(item)[0])} is left out: TensorFlow.js lacks it.")
    return found


def _name(metric: Any, loss: str, classes: int | None) -> str | None:
    kind, config = named(metric)
    kind = snake(str(config.get("fn") or kind) if kind == "MeanMetricWrapper" else kind)
    if any(value not in _PLAIN.get(key, (None,)) for key, value in config.items() if key not in _SILENT):
        return None
    if loss == "binary_crossentropy" and classes != 1:
        kind = {"accuracy": "categorical_accuracy", "acc": "categorical_accuracy"}.get(kind, kind)
        kind = {"crossentropy": "categorical_crossentropy", "ce": "categorical_crossentropy"}.get(kind, kind)
    if kind == "sparse_categorical_accuracy":
        return "accuracy" if loss == "sparse_categorical_crossentropy" and classes != 1 else None
    return _METRICS.get(kind)
