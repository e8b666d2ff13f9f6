"""What a Keras file holds: a table of layers, what they weigh, and how the model was compiled; Keras is not needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.errors import TotfjsError
from totfjs.inspection.layers import LayerRow, rows_of, table
from totfjs.inspection.values import values_of
from totfjs.inspection.weight import Holder, Weight
from totfjs.sources.keras import generation
from totfjs.sources.keras.architecture import Model
from totfjs.sources.keras.parsing import attach, grown, parse_model
from totfjs.sources.keras.parsing.attach import listed_of
from totfjs.sources.keras.reading import Listed, Saved, read_saved
from totfjs.weights.array import Array


@dataclass(frozen=True)
class KerasInfo(Holder):
    """A Keras file: its format, the version that wrote it, the model's layers, its compile state.

    Weights alone have no `layers`. `problem` says why the layers, or what they weigh, could not be told.
    """

    format: str
    version: str
    name: str
    layers: tuple[LayerRow, ...]
    training: Mapping[str, Any] | None
    optimizer: int
    assets: Mapping[str, int]
    problem: str

    def __str__(self) -> str:
        written = f", written by Keras {self.version}" if self.version else ""
        lines = [f"{self.path}: {self.format}{written}{f', {self.name}' if self.name else ''}"]
        lines += [f"  {line}" for line in table(self.layers)] if self.layers else []
        lines += [f"  {line}" for line in self._totals()]
        if not self.layers or any(weight.values for weight in self.weights):
            lines += [f"    {weight}" for weight in self.weights]
        return "\n".join([*lines, *(f"  {line}" for line in self.problem.splitlines())])

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        return {**super().json(), "layers": [vars(row) for row in self.layers]}

    def _totals(self) -> Iterator[str]:
        size = sum(weight.bytes for weight in self.weights)
        yield f"{self.parameters:,} parameters{self._trained()} in {len(self.weights)} weights, {size:,} bytes"
        if compiled := ", ".join(_compiled(self.training or {})):
            yield f"compiled with {compiled}; {self.optimizer} variables of the optimizer"
        if self.assets:
            yield "assets " + ", ".join(f"{name} ({size:,} bytes)" for name, size in self.assets.items())

    def _trained(self) -> str:
        trained = [row.trained for row in self.layers if "/" not in row.path]
        if not trained or None in trained:
            return ""
        count = sum(each or 0 for each in trained)
        return f" ({count:,} trained, {self.parameters - count:,} not)"


def inspect_keras(path: Path, *, values: bool = False) -> KerasInfo:
    """Describes a Keras file: a whole model, or weights alone."""
    saved = read_saved(path)
    model, problem = _model(saved)
    weighed, refusal = _weighed(model, saved)
    named = _as_written(saved) if weighed is None else [item for items in listed_of(weighed).values() for item in items]
    weights = tuple(
        Weight(name, str(array.dtype), array.shape, array.nbytes, str(array.dtype),
               values=values_of(array) if values else None)
        for name, array in named
    )  # fmt: skip
    shown = weighed or model
    return KerasInfo(
        path,
        weights,
        saved.format,
        saved.version,
        f"{shown.name} ({shown.kind})" if shown is not None else "",
        rows_of(shown, weighed is not None) if shown is not None else (),
        saved.training,
        len(saved.optimizer),
        {name: len(content) for name, content in saved.assets.items()},
        problem or refusal,
    )


def _model(saved: Saved) -> tuple[Model | None, str]:
    """The layers of a file, or why they cannot be told."""
    if saved.config is None:
        return None, ""
    try:
        return grown(parse_model(saved.config, generation(saved.version))), ""
    except TotfjsError as error:
        return None, str(error)


def _weighed(model: Model | None, saved: Saved) -> tuple[Model | None, str]:
    """The layers with their weights, or why these cannot be told apart."""
    if model is None:
        return None, ""
    try:
        return attach(model, saved.weights, saved.assets), ""
    except TotfjsError as error:
        return None, str(error)


def _as_written(saved: Saved) -> list[tuple[str, Array]]:
    """The weights by the names that they have in the file."""
    if isinstance(saved.weights, Listed):
        return [(f"{layer}: {name}", array) for layer, items in saved.weights.layers.items() for name, array in items]
    return list(saved.weights.paths.items())  # type: ignore[union-attr]


def _compiled(training: Mapping[str, Any]) -> Iterator[str]:
    """The optimizer, the losses and the metrics of a compile state, in a word each."""
    if optimizer := _word(training.get("optimizer_config") or training.get("optimizer")):
        yield optimizer
    for what in ("loss", "metrics"):
        if word := _word(training.get(what)):
            yield f"{what} {word}"


def _word(item: Any) -> str:
    """A class, a function or a list of them by name."""
    if isinstance(item, Mapping) and "class_name" in item:
        config = item.get("config")
        return str(config if isinstance(config, str) else item["class_name"])
    if isinstance(item, Mapping):
        return ", ".join(f"{key} {_word(each)}" for key, each in item.items())
    if isinstance(item, list | tuple):
        return ", ".join(filter(None, map(_word, item)))
    return "" if item is None else str(item)
