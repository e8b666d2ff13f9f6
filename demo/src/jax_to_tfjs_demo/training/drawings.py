"""curves.svg and confusion.svg beside the checkpoints, drawn anew after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jax_to_tfjs_demo.training import confusion, curves
from jax_to_tfjs_demo.training.metrics import EpochScore


def draw(directory: Path, title: str, scores: Sequence[EpochScore], classes: Sequence[str]) -> None:
    """Draws all epochs, and what the last of them takes the test images for."""
    last = scores[-1]
    _write(directory / curves.FILE, curves.curves(scores, title))
    matrix = confusion.confusion_matrix(last.confusion, classes, f"{title}: test images after epoch {last.epoch}")
    _write(directory / confusion.FILE, matrix)


def _write(path: Path, drawing: str) -> None:
    """By a rename: whoever looks at it meanwhile sees the old one or the new one."""
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_text(drawing, "utf-8")
    unfinished.replace(path)
