"""The form of an entry of the corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A model: `build` gives it with its weights (or None); its inputs with fixed dims, and with dynamic ones.

    `dynamic` is None where JAX itself cannot trace the model with a dim that is not known.
    """

    name: str
    build: Callable[[], tuple[Any, Any]]
    fixed: Mapping[str, Any]
    dynamic: Mapping[str, Any] | None
    asynchronous: bool = False
    tolerance: float = 1e-5

    def __str__(self) -> str:
        return self.name
