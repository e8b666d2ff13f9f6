"""What every source offers, whatever it was read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from totfjs.graph.graph import Graph
from totfjs.graph.limits import AtLeast
from totfjs.graph.ops import Backend
from totfjs.graph.types import TensorType


class Source(Protocol):
    """A model that can be lowered to a graph and evaluated as it is, for comparison."""

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, in the user's order."""
        ...

    @property
    def limits(self) -> Sequence[AtLeast]:
        """What is known of the dynamic dims of the inputs."""
        ...

    @property
    def description(self) -> Mapping[str, Any]:
        """What the user said of inputs and outputs, as JSON: enough to open the source again."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know, such as `train=False`."""
        ...

    @property
    def reference(self) -> str:
        """What `evaluate` asks, in the user's words."""
        ...

    @property
    def tolerance(self) -> float:
        """The relative error that the source's own dtypes leave open; 0 for float32."""
        ...

    def graph(self, backends: Sequence[Backend]) -> Graph:
        """The model in the TensorFlow.js vocabulary, not optimised yet."""
        ...

    def evaluate(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the source itself computes."""
        ...
