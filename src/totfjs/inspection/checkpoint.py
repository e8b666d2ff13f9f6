"""What a checkpoint holds: its arrays by path, and what is known of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.checkpoints import leaves, read_checkpoint
from totfjs.inspection.values import values_of
from totfjs.inspection.weight import Holder, Weight


@dataclass(frozen=True)
class CheckpointInfo(Holder):
    """A checkpoint: its format, its arrays by path, and what Orbax says of its steps.

    `step` is the one shown of all finished `steps`; `unfinished` were interrupted while they were written.
    """

    format: str
    step: int | None
    steps: tuple[int, ...]
    unfinished: tuple[str, ...]
    written: str
    metadata: Mapping[str, Any]

    def __str__(self) -> str:
        size = sum(weight.bytes for weight in self.weights)
        lines = [f"{self.path}: {self.format} checkpoint, {self.parameters:,} numbers, {size:,} bytes"]
        if self.step is not None:
            lines.append(f"  step {self.step} of {', '.join(map(str, self.steps))}")
        if self.written:
            lines.append(f"  finished {self.written}")
        if self.unfinished:
            lines.append(f"  never finished, and left out: {', '.join(self.unfinished)}")
        return "\n".join([*lines, *(f"    {weight}" for weight in self.weights)])


def inspect_checkpoint(path: Path, *, values: bool = False) -> CheckpointInfo:
    """Describes a checkpoint of any format."""
    found = read_checkpoint(path)
    named = [("/".join(keys), array) for keys, array in leaves(found.tree)]
    weights = tuple(
        Weight(
            name, str(array.dtype), array.shape, array.nbytes, str(array.dtype), found.shardings.get(name, ""),
            values_of(array) if values else None,
        )
        for name, array in named
    )  # fmt: skip
    return CheckpointInfo(
        path, weights, found.format, found.step, found.steps, found.unfinished, found.written, found.metadata
    )
