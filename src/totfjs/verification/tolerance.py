"""How far apart two results may be: by the dtype, by what a backend computes in, or as the user says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from totfjs.errors import UsageError

# The error, relative to the largest value of an output, that float32 sums in another order may make.
FLOAT32 = 1e-4
# What is left of numbers that pass through textures of 16-bit floats, which have 11 bits, from layer to layer.
HALF = 2e-2


@dataclass(frozen=True)
class Tolerance:
    """The tolerance of floats, relative to the largest value of an output; everything else has to be equal.

    `base` is that of float32, or of the source's own dtypes; `given` and `named` are the user's, for all outputs or by
    output, and hold on every backend.
    """

    base: float = FLOAT32
    given: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)

    def of(self, output: str, told: Mapping[str, Any]) -> float:
        """The tolerance of an output on a backend of which the engine tells this."""
        if output in self.named:
            return self.named[output]
        if self.given is not None:
            return self.given
        return max(self.base, HALF) if has_half_textures(told) else self.base

    @property
    def asked(self) -> bool:
        """Whether the user has said it."""
        return self.given is not None or bool(self.named)

    @property
    def nominal(self) -> float:
        """The tolerance where nothing is special."""
        return self.base if self.given is None else self.given


def has_half_textures(told: Mapping[str, Any]) -> bool:
    """Whether a backend keeps floats in 16 bits, as WebGL does on some phones."""
    return told.get("float32") is False


def tolerance_of(base: float, asked: float | Mapping[str, float] | None) -> Tolerance:
    """The user's wish, over what float32 and the source's dtypes leave open; `*` stands for all other outputs."""
    named = dict(asked) if isinstance(asked, Mapping) else {}
    given = named.pop("*", None) if isinstance(asked, Mapping) else asked
    for value in (*named.values(), *(() if given is None else (given,))):
        if not value >= 0:
            raise UsageError(f"The tolerance {value:g} is negative or no number.", remedy="Give one such as 1e-4.")
    return Tolerance(max(FLOAT32, base), given, named)
