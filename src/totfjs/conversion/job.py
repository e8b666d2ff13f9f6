"""What is asked of a conversion, whatever the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.graph.ops import Backend
from totfjs.verification.plan import Plan

# What a long step reports: its name, how much is done, and of how much (0 when that is not known).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """Where and how to write, and how to prove it. `settings` are those that every target takes.

    `split` puts the weights of each layer into files of their own; `quantized` says that they lose bits;
    `structured` lets `predict` of a graph model return its outputs by name.
    """

    output: str | Path
    backends: Sequence[Backend]
    settings: Mapping[str, Any]
    metadata: Mapping[str, Any] | None
    plan: Plan
    report: Progress
    split: bool = False
    quantized: bool = False
    structured: bool = False

    def writing(self, done: int, total: int) -> None:
        """Reports how far the writing is."""
        self.report("writing", done, total)
