"""What is told of weights, whatever holds them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from totfjs.inspection.values import Values


@dataclass(frozen=True)
class Weight:
    """A weight: its dtype as the model sees it, its shape, its bytes on disk, and what it is stored as.

    `sharding` says how it lay on devices when it was saved, `values` what its numbers are like if that was asked for.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int
    stored: str
    sharding: str = ""
    values: Values | None = None

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        return {**vars(self), "shape": list(self.shape), "values": self.values and vars(self.values)}

    def __str__(self) -> str:
        stored = "" if self.stored == self.dtype else f", stored as {self.stored}"
        sharding = f", {self.sharding}" if self.sharding else ""
        values = f"\n        {self.values}" if self.values else ""
        return f"{self.name}: {self.dtype}{list(self.shape)}{stored}{sharding}{values}"


@dataclass(frozen=True)
class Holder:
    """What lies at a path and holds weights."""

    path: Path
    weights: tuple[Weight, ...]

    @property
    def parameters(self) -> int:
        """The number of the weights' elements."""
        return sum(prod(weight.shape) for weight in self.weights)

    def text(self, full: bool = False) -> str:
        """The description for people; `full` leaves nothing out, where anything is."""
        return str(self)

    def json(self) -> dict[str, Any]:
        """The description as plain JSON values."""
        weights = [weight.json() for weight in self.weights]
        return {**vars(self), "path": str(self.path), "weights": weights, "parameters": self.parameters}
