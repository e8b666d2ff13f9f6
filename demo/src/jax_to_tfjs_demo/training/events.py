"""What a training tells of itself while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from jax_to_tfjs_demo.training.metrics import EpochScore


@dataclass(frozen=True)
class Started:
    """Before anything is compiled. `done` epochs were found in checkpoints; `devices` such as `1 × cpu`."""

    model: str
    epochs: int
    done: int
    images: int
    devices: str


@dataclass(frozen=True)
class Progressed:
    """Some times an epoch: how far it is, and what was measured on the images of the part just done."""

    epoch: int
    epochs: int
    fraction: float
    loss: float
    accuracy: float
    images_per_second: float


@dataclass(frozen=True)
class Scored:
    """After each epoch, when it is scored on all test images and its checkpoint has begun to be written."""

    epoch: int
    epochs: int
    score: EpochScore


Event: TypeAlias = Started | Progressed | Scored
