"""What a converted model has to reach, by how its weights are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# The most of all images that uint8 may cost: a tenth of a percentage point.
DROP = 0.001


@dataclass(frozen=True)
class Counts:
    """Of `images`, how many the source and TensorFlow.js classify rightly, and how many differently."""

    images: int
    source_right: int
    right: int
    different: int


def bar(quantization: str) -> str:
    """The bar in words."""
    if quantization == "float16":
        return "at most 1 prediction differs"
    if quantization == "uint8":
        return "accuracy at most 0.1 point lower"
    return "all predictions are equal"


def failures(quantization: str, found: Counts) -> Iterator[str]:
    """What is not reached, in words; nothing when all is."""
    if quantization == "uint8":
        # of fewer than 1,000 images a single one is more than a tenth of a point
        lost, allowed = found.source_right - found.right, max(1, int(found.images * DROP))
        if lost > allowed:
            yield f"{lost:,} of {found.images:,} images fewer are right than in JAX; {allowed:,} may be"
        return
    allowed = 1 if quantization == "float16" else 0
    if found.different > allowed:
        yield f"{found.different:,} of {found.images:,} predictions differ from those in JAX; {allowed} may"
