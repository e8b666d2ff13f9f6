"""A loop and the state with which it begins: whether it goes on, and what a turn makes of a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from totfjs.graph.dims import Size
from totfjs.sources.tensorflow.flow.conditions import truth
from totfjs.sources.tensorflow.flow.turns import Turns, size_in
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.values import Operand


@dataclass(frozen=True)
class Loop:
    """A loop that is lowered. Its state is the arguments of its two bodies."""

    lowering: Lowering
    turns: Turns
    start: list[Operand]

    def going(self, state: Sequence[Operand]) -> Operand:
        """Whether there is another turn."""
        found = self.lowering.apply(self.turns.condition, state)[0]
        return truth(self.lowering, found)

    def turn(self, state: Sequence[Operand]) -> list[Operand]:
        """The state after a turn."""
        found = self.lowering.apply(self.turns.body, state)
        return [old if kept else new for kept, old, new in zip(self.turns.kept, state, found, strict=True)]

    @property
    def count(self) -> Size | None:
        """The number of turns, which may be a size of the inputs."""
        return self.turns.count(self.start, [size_in(operand) for operand in self.start])
