"""How a training is done: what its flags set."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from jax_to_tfjs_demo.errors import DemoError

PRECISIONS = ("float32", "bfloat16")
SCHEDULES = ("decay", "constant", "cosine")
# For varied images: more of them have to be seen, and the steps have to become small in the end.
AUGMENTED: Mapping[str, Any] = {"epochs": 20, "batch_size": 64, "lr": 0.002, "schedule": "cosine"}


@dataclass(frozen=True)
class Settings:
    """How long, how fast and on what to train. The same settings and seed give the same weights."""

    epochs: int = 5
    batch_size: int = 32
    lr: float = 0.001
    seed: int = 0
    data: str = "mnist"
    precision: str = "float32"
    schedule: str = "decay"
    augment: bool = False
    prune: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise _wrong(name, getattr(self, name), "a whole number from 1")
        if not 0 < self.lr < float("inf"):
            raise _wrong("lr", self.lr, "a number above 0, such as 0.001")
        if not 0 <= self.seed < 2**31:
            raise _wrong("seed", self.seed, "a whole number from 0 to 2147483647")
        if self.precision not in PRECISIONS:
            raise _wrong("precision", self.precision, " or ".join(PRECISIONS))
        if self.schedule not in SCHEDULES:
            raise _wrong("schedule", self.schedule, " or ".join(SCHEDULES))
        if not 0 <= self.prune < 1:
            raise _wrong("prune", self.prune, "a share below 1, such as 0.8")

    @classmethod
    def of(cls, *, augment: bool = False, **given: Any) -> Self:
        """What was given, where it is not None; the defaults for varied images where `augment`, else the plain ones."""
        chosen = {name: value for name, value in given.items() if value is not None}
        return cls(augment=augment, **{**(AUGMENTED if augment else {}), **chosen})

    def differing(self, earlier: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of what an earlier part of the same training cannot have had otherwise."""
        return tuple(
            field.name
            for field in dataclasses.fields(self)
            if earlier.get(field.name, field.default) != getattr(self, field.name)
            and not (field.name == "epochs" and self._may_go_on())
        )

    def _may_go_on(self) -> bool:
        # what is planned for the whole of a training is another plan when the training becomes longer
        return self.schedule != "cosine" and not self.prune


def flag(name: str) -> str:
    """A setting as it is typed."""
    return "--" + name.replace("_", "-")


def _wrong(name: str, value: object, right: str) -> DemoError:
    return DemoError(f"{flag(name)} {value} is not possible.", remedy=f"Give {right}.")
