"""One set of inputs that a model is run on, in batches of a size that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from totfjs.errors import UsageError

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Round:
    """One set of inputs, and what is expected of them, which may still be on its way.

    Of outputs that are `drawn`, which are random, other numbers are expected. `batch` is how many examples go in at a
    time, and nothing else fits where that is `fixed`; without it all go in together. Outputs are `kept` on demand, and
    not `compared` where nothing is expected of them.
    """

    sizes: Mapping[str, int]
    inputs: Arrays
    expected: Callable[[], Arrays]
    drawn: frozenset[str] = frozenset()
    batch: int | None = None
    fixed: bool = False
    kept: bool = False
    compared: bool = True

    @property
    def examples(self) -> int:
        """How many examples there are; 1 where they are not counted."""
        counts = [array.shape[0] for array in self.inputs.values() if array.ndim]
        return max(counts, default=1) if self.batch else 1


def in_batches(turn: Round, run: Callable[[Arrays], Arrays], report: Callable[[int, int], None]) -> Arrays:
    """What `run` gives for all examples, as if they had gone in together."""
    if not turn.batch:
        return run(turn.inputs)
    found: list[Arrays] = []
    for at, index in _places(turn):
        report(at, turn.examples)
        given = run(_part(turn, index))
        count = min(turn.batch, turn.examples - at)
        found.append({name: _counted(name, array, index.size, count) for name, array in given.items()})
    report(turn.examples, turn.examples)
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]} if found else {}


def first_batch(turn: Round) -> Arrays:
    """The inputs that go in first."""
    return _part(turn, next(_places(turn))[1]) if turn.batch else turn.inputs


def _places(turn: Round) -> Iterator[tuple[int, np.ndarray]]:
    """Where each batch begins, and which examples go in; some of them twice where there are too few for the last."""
    batch = turn.batch or 1
    for at in range(0, turn.examples, batch):
        index = np.arange(at, min(at + batch, turn.examples))
        yield at, np.resize(index, batch) if turn.fixed else index


def _part(turn: Round, index: np.ndarray) -> Arrays:
    """The examples of a batch; an input that is not one for each example goes in whole."""
    total = turn.examples
    return {
        name: array[index] if array.ndim and array.shape[0] == total else array for name, array in turn.inputs.items()
    }


def _counted(name: str, array: np.ndarray, size: int, count: int) -> np.ndarray:
    if not array.ndim or array.shape[0] != size:
        raise UsageError(
            f"The output {name} is not one for each example: batches of it cannot be put together.",
            remedy="Give as many examples as the model takes at once.",
        )
    return array[:count]
