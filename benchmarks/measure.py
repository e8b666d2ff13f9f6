"""Timing whole processes, alternating, so that a busy machine slows both sides alike."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence

Command = Sequence[str]


def seconds(command: Command) -> float:
    """The wall time of one run, which has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def alternate(*commands: Command, rounds: int = 7) -> list[float]:
    """The fastest run of each command, after one round to warm up."""
    for command in commands:
        seconds(command)
    turns = [[seconds(command) for command in commands] for _ in range(rounds)]
    return [min(times) for times in zip(*turns, strict=True)]


def verdict(name: str, value: float, bar: float, unit: str = "") -> bool:
    """Prints a figure and whether it meets its bar (at most)."""
    met = value <= bar
    print(f"{'met   ' if met else 'MISSED'}  {name}: {value:.3g}{unit} (bar {bar:g}{unit})")
    return met
