"""Rows of the table of Keras layers: a model of one layer (or few), and inputs for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from tests.graph.ops.harness import assert_close

# How far an output may be off, relative to the largest value of it.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Row:
    """`make` builds the model with Keras; `inputs` are the arrays to feed, in the model's order.

    `refused` is part of the error of a model that cannot become a graph; `eager` models cannot be compiled as a whole;
    `hdf5` says whether Keras itself can save it so. What tfjs-layers takes is in `browser/expected.py`.
    """

    label: str
    make: Callable[[], Any]
    inputs: tuple[np.ndarray, ...]
    tolerance: float = TOLERANCE
    refused: str = ""
    eager: bool = False
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


def built(row: Row) -> Any:
    """The row's model with random weights. None of its own is ever made: that would compile a generator for each."""
    import keras

    if row.eager:
        return randomised(row.make())
    random = np.random.default_rng(7)
    with keras.StatelessScope():  # the variables get their values when it ends
        model = row.make()
        for variable in filter(_is_weight, model.variables):
            variable._initializer = partial(_drawn, random, variable.path)
    return _settled(model)


def randomised(made: Any) -> Any:
    """The model with other weights than those it starts with, so that no default hides a mistake."""
    random = np.random.default_rng(7)
    for variable in filter(_is_weight, made.variables):
        variable.assign(_drawn(random, variable.path, variable.shape))
    return _settled(made)


def _is_weight(variable: Any) -> bool:
    return "float" in str(variable.dtype) and "seed_generator" not in variable.path


def _drawn(random: np.random.Generator, path: str, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
    values = random.normal(0, 0.5, shape)
    if "variance" in path or path.endswith("/var"):
        values = np.abs(values) + 0.3
    return values.astype(np.float32)


def _settled(model: Any) -> Any:
    for layer in model._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()
    return model


def outputs(model: Any, inputs: tuple[np.ndarray, ...], eager: bool = False) -> list[np.ndarray]:
    """What Keras gives: compiled as a whole and without effort, or operation by operation."""
    import jax

    from totfjs.sources.jax._compat import quickly_compiled

    def function(trained: Any, others: Any, given: Any) -> Any:
        return model.stateless_call(trained, others, given, training=False)[0]

    given = list(inputs) if len(inputs) > 1 else inputs[0]
    if eager:
        return [np.asarray(item) for item in jax.tree.leaves(model(given, training=False))]
    values = [
        [variable.value for variable in kind] for kind in (model.trainable_variables, model.non_trainable_variables)
    ]
    compiled = quickly_compiled(jax.jit(function).lower(*values, given))
    return [np.asarray(item) for item in jax.tree.leaves(compiled(*values, given))]


def compare(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    """Holds each output against what is expected of it, dtypes of TensorFlow.js for those of Keras."""
    assert list(actual) == list(expected)
    for name, value in expected.items():
        kind = {"i": np.int32, "u": np.int32, "f": np.float32, "V": np.float32}.get(value.dtype.kind, value.dtype)
        assert_close(actual[name], value.astype(kind), tolerance, accumulates=True)


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
