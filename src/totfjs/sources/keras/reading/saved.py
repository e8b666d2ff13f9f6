"""What a Keras file holds, as written: a configuration, weights that are read when asked for, and the compile state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from totfjs.weights.array import Array


@dataclass(frozen=True)
class Listed:
    """Weights as HDF5 files and live models list them: for each layer its (name, Array) pairs, in order."""

    layers: Mapping[str, tuple[tuple[str, Array], ...]]


@dataclass(frozen=True)
class Nested:
    """Weights as archives nest them: attribute paths such as `layers/dense/vars/0`, each with its Array."""

    paths: Mapping[str, Array]


@dataclass(frozen=True)
class Named:
    """Weights as web models have them: for each a name that ends in its layer's and its own, in no certain order."""

    weights: Mapping[str, Array]


Weights: TypeAlias = Listed | Nested | Named


@dataclass(frozen=True)
class Saved:
    """A Keras file, read as data.

    `config` is the model as `{"class_name": …, "config": …}`, or None where the file has weights alone. `training` is
    the compile state. `optimizer` has the variables of the optimizer, and `assets` the vocabularies by their paths.
    `backend` is what Keras ran on, where the file says it.
    """

    path: Path
    format: str
    version: str
    config: Mapping[str, Any] | None
    training: Mapping[str, Any] | None
    weights: Weights
    optimizer: tuple[tuple[str, Array], ...] = ()
    assets: Mapping[str, bytes] = field(default_factory=dict)
    backend: str = ""
