"""Rows of the table of Keras layers: a model of one layer (or few), and inputs for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

# How far an output may be off, relative to the largest value of it.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Row:
    """`make` builds the model with Keras; `inputs` are the arrays to feed, in the model's order.

    `refused` is part of the error of a model that cannot become a graph; `layers` says whether the layers model is
    exact (True), or part of the reason why tfjs-layers cannot take it; `hdf5` whether Keras itself can save it so.
    """

    label: str
    make: Callable[[], Any]
    inputs: tuple[np.ndarray, ...]
    tolerance: float = TOLERANCE
    refused: str = ""
    layers: bool | str = True
    hdf5: bool = True

    def __str__(self) -> str:
        return self.label

    def with_(self, **changes: Any) -> Row:
        """The row with other properties."""
        return replace(self, **changes)


def row(label: str, layer: Callable[[], Any], *inputs: Any, **properties: Any) -> Row:
    """A functional model of one layer, called with one input, or with a list of several.

    Inputs are shapes without the batch (random floats are fed, batch of 3), or arrays as they are fed.
    """
    arrays = tuple(_fed(index, item) for index, item in enumerate(inputs))
    return Row(label, lambda: _functional(layer(), arrays), arrays, **properties)


def model(label: str, make: Callable[[], Any], *inputs: Any, **properties: Any) -> Row:
    """A model of several layers, built by `make`."""
    return Row(label, make, tuple(_fed(index, item) for index, item in enumerate(inputs)), **properties)


def integers(low: int, high: int, *shape: int, seed: int = 0, dtype: str = "int32") -> np.ndarray:
    """Random whole numbers; the shape has the batch."""
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


def floats(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    """Random floats; the shape has the batch."""
    return (scale * np.random.default_rng([seed, *shape]).normal(size=shape)).astype(np.float32)


def awkward(*shape: int) -> np.ndarray:
    """Floats with zeros of both signs, infinities, NaN and extremes among them."""
    array = floats(*shape).reshape(-1)
    special = np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 1e-30, 88.0, -88.0, 3.0, -3.0])
    array[: special.size] = special[: array.size]
    return array.reshape(shape)


def _fed(index: int, item: Any) -> np.ndarray:
    return item if isinstance(item, np.ndarray) else floats(3, *item, seed=index)


def _functional(layer: Any, arrays: Sequence[np.ndarray]) -> Any:
    import keras

    dtype = ["string" if array.dtype.kind in "OU" else str(array.dtype) for array in arrays]
    given = [keras.Input(array.shape[1:], dtype=kind) for array, kind in zip(arrays, dtype, strict=True)]
    taken = given if len(given) > 1 else given[0]
    return keras.Model(taken, layer(taken))


def randomised(built: Any) -> Any:
    """The model with other weights than those it starts with, so that no default hides a mistake."""
    random = np.random.default_rng(7)
    for variable in built.variables:
        if not np.issubdtype(
            np.dtype(str(variable.dtype)) if str(variable.dtype) != "bfloat16" else np.float32, np.floating
        ):
            continue
        if "seed_generator" in variable.path:
            continue
        values = random.normal(0, 0.5, variable.shape)
        if "variance" in variable.path or variable.name == "var":
            values = np.abs(values) + 0.3
        variable.assign(values.astype("float32"))
    for layer in built._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()
    return built


def outputs(model: Any, inputs: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """What Keras gives."""
    import jax

    given = list(inputs) if len(inputs) > 1 else inputs[0]
    return [np.asarray(item) for item in jax.tree.leaves(model(given, training=False))]


@cache
def table() -> tuple[Row, ...]:
    """All rows of all families."""
    from importlib import import_module
    from pathlib import Path

    names = sorted(path.stem for path in (Path(__file__).parent / "table").glob("[!_]*.py"))
    rows = [row for name in names for row in import_module(f"tests.sources.keras.table.{name}").ROWS]
    labels = [row.label for row in rows]
    assert len(set(labels)) == len(labels), [label for label in labels if labels.count(label) > 1]
    return tuple(rows)
