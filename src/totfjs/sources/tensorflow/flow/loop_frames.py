"""Loops of frames: what enters them, the turn that is lowered once, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import frames
from totfjs.recipes.frames import together
from totfjs.recipes.shapes import dim_value
from totfjs.sources.tensorflow.flow.carry import computed, sizes_again, tensors_of, whole, with_tensors
from totfjs.sources.tensorflow.flow.filled import Filled
from totfjs.sources.tensorflow.flow.forms import dense
from totfjs.sources.tensorflow.flow.lists import Collector, Items, Rows, Unset, element_shape
from totfjs.sources.tensorflow.flow.loop import Loop
from totfjs.sources.tensorflow.flow.ties import tie
from totfjs.sources.tensorflow.values import Broken, Operand

# How often a loop is begun again because its state turned out to be of another shape.
_ATTEMPTS = 6


def looped(loop: Loop) -> list[Operand]:
    """The state after the last turn of a loop of frames."""
    wide: dict[int, Shape] = {}
    name = f"carried_{len(loop.lowering.builder.nodes)}"
    for _ in range(_ATTEMPTS):
        undo = loop.lowering.checkpoint()
        try:
            return _Frames(loop, wide, name).run()
        except _WiderError as found:
            undo()
            wide = {**wide, **found.shapes}
    raise OpError("the shapes of what the loop carries go on changing")


class _WiderError(Exception):
    """A turn gives another shape than it was given: the shapes that fit both, by the places of the tensors."""

    def __init__(self, shapes: dict[int, Shape]) -> None:
        super().__init__()
        self.shapes = shapes


class _Frames:
    """One attempt to build a loop of frames. `wide` are shapes of tensors which turns change, of dims after `name`."""

    def __init__(self, loop: Loop, wide: dict[int, Shape], name: str) -> None:
        self.loop, self.lowering, self.wide, self.name = loop, loop.lowering, wide, name
        self.builder, self.turns = loop.lowering.builder, loop.turns
        self.filled = Filled(loop, name)
        self.state: dict[int, Operand] = {}
        self.outside: dict[int, Operand] = {}
        self.order: list[int] = []

    def run(self) -> list[Operand]:
        """The state after the last turn."""
        kept, start = self.turns.kept, self.loop.start
        if all(kept):
            raise OpError("the state of the loop never changes, so that it ends at once or never")
        held = {place: self._held(start[place]) for place in range(len(start)) if kept[place]}
        moving = [place for place in range(len(start)) if not kept[place] and place not in self.filled.counters]
        entering = {place: self._entering(place) for place in moving}
        entered, self.outside, length = self._grouped(entering, held)
        lists = self.filled.begun(length)
        self.order = [*entered, *lists]
        self.state = {**entered, **lists}
        flat = [tensor for place in self.order for tensor in tensors_of(self.state[place])]
        if not flat or all(tensor.dtype is DType.VARIANT for tensor in flat):
            raise OpError("the loop carries nothing that counts its turns")
        before = len(self.builder.nodes)
        results = frames.loop(flat, self._going, self._turn, self.wide)
        self._measure(results)
        ended = iter(results)
        after = {place: with_tensors(self.state[place], ended) for place in self.order}
        self.filled.settle(lists, length, before)
        left = {place: self.filled.left(value) for place, value in after.items()}
        return [left.get(place, start[place]) for place in range(len(start))]

    # --- what enters ----------------------------------------------------------------------------------------------

    def _held(self, operand: Operand) -> Operand:
        """What the loop reads and leaves as it is: lists as one tensor, so that it can be read at computed places."""
        if isinstance(operand, Items) and any(item is not None for item in operand.items):
            try:
                return dense(self.lowering, operand)
            except OpError:
                return operand
        return whole(operand)

    def _entering(self, place: int) -> Operand:
        """One part of the state as it is carried: tensors, or a list as the tensor of its rows."""
        operand = self.loop.start[place]
        if isinstance(operand, Items | Rows | Unset):
            return dense(self.lowering, self._with_shape(place, operand))
        if isinstance(operand, np.ndarray):
            operand = self.lowering.tensor(operand)
        if not isinstance(operand, Tensor) and not tensors_of(operand):
            raise OpError("the loop changes a handle")
        return whole(operand)

    def _with_shape(self, place: int, items: Items | Rows | Unset) -> Items | Rows | Unset:
        """A list whose elements have a known shape; if need be that which one turn puts into it."""
        shape = element_shape(items)
        if shape is not None and None not in shape:
            return items
        found = self._first_turn[place]
        if isinstance(found, Items | Rows | Unset):
            return replace(items, shape=element_shape(found))
        return items

    @cached_property
    def _first_turn(self) -> list[Operand]:
        """What one turn makes of the state, for the types alone."""
        undo, lowering = self.lowering.checkpoint(), self.lowering
        start: list[Operand] = []
        for operand in self.loop.start:
            if isinstance(operand, np.ndarray) and not self.turns.kept[len(start)]:
                operand = lowering.tensor(operand)
            tensors = tensors_of(operand)
            start.append(with_tensors(operand, iter(together(tensors, None))) if tensors else operand)
        try:
            return self.loop.turn(start)
        finally:
            undo()

    def _grouped(
        self, entering: dict[int, Operand], held: dict[int, Operand]
    ) -> tuple[dict[int, Operand], dict[int, Operand], Tensor | None]:
        """What enters and what is read from outside, all there at one moment; constants are always there."""
        lowering = self.lowering
        first = [tensor for operand in entering.values() for tensor in tensors_of(operand)]
        read = {}
        for operand in held.values():
            for tensor in tensors_of(operand):
                if computed(tensor):
                    read[tensor.value] = tensor
        again = {value: sizes_again(lowering, tensor) for value, tensor in read.items()}
        read = {value: tensor for value, tensor in read.items() if again[value] is None}
        count = self.loop.count if self.filled.counters else None
        lengths = [] if count is None else [dim_value(self.builder, count)]
        ready = together([*first, *read.values(), *lengths], lowering.anchor)
        entered = iter(ready)
        inside = {place: with_tensors(operand, entered) for place, operand in entering.items()}
        grouped = dict(zip(read, ready[len(first) :], strict=False))
        grouped |= {value: tensor for value, tensor in again.items() if tensor is not None}

        def moved(operand: Operand) -> Iterator[Tensor]:
            return (grouped.get(tensor.value, tensor) for tensor in tensors_of(operand))

        outside = {place: with_tensors(operand, moved(operand)) for place, operand in held.items()}
        return inside, outside, ready[-1] if lengths else None

    # --- the two bodies -------------------------------------------------------------------------------------------

    def _operands(self, tensors: Sequence[Tensor]) -> list[Operand]:
        """The whole state, from the tensors that are carried and what is outside."""
        given = iter(tensors)
        carried = {place: with_tensors(self.state[place], given) for place in self.order}
        for place, counter in self.filled.counters.items():
            items, turn = carried[place], carried[counter]
            assert isinstance(items, Collector) and isinstance(turn, Tensor)
            carried[place] = replace(items, turn=turn)
        return [carried[place] if place in carried else self.outside[place] for place in range(len(self.loop.start))]

    def _anchor(self, tensors: Sequence[Tensor]) -> Tensor:
        return next(tensor for tensor in tensors if tensor.dtype is not DType.VARIANT)

    def _measure(self, tensors: Sequence[Tensor]) -> None:
        """Lets sizes that change from turn to turn be read of the state as it is now."""
        for at, shape in self.wide.items():
            own = {str(self._own(at, axis)) for axis in range(len(shape))}
            self.builder.measured.update((name, tensors[at].value) for name in own & set(dims.symbols_of(shape)))

    def _going(self, tensors: list[Tensor]) -> Tensor:
        self._measure(tensors)
        before = len(self.builder.nodes)
        with self.lowering.within(self._anchor(tensors)):
            found = self.lowering.tensor(self.loop.going(self._operands(tensors)))
        tie(self.lowering, tensors, before)
        if not isinstance(found, Tensor):
            raise OpError("the condition is no number")
        return found

    def _turn(self, tensors: list[Tensor]) -> list[Tensor]:
        self._measure(tensors)
        before, problems = len(self.builder.nodes), len(self.lowering.problems)
        given = self._operands(tensors)
        with self.lowering.within(self._anchor(tensors)):
            found = self.loop.turn(given)
            if len(self.lowering.problems) > problems or any(isinstance(value, Broken) for value in found):
                return tensors  # one problem is enough
            after = [tensor for place in self.order for tensor in self._carried(place, given[place], found[place])]
        tie(self.lowering, tensors, before)
        self._check(tensors, after)
        return after

    def _carried(self, place: int, before: Operand, after: Operand) -> list[Tensor]:
        """The tensors of one part of the state after a turn, made as those before it."""
        if isinstance(before, Rows):
            if not isinstance(after, Items | Rows | Unset):
                raise OpError("the loop makes something else of a list")
            return [dense(self.lowering, after).rows]
        if isinstance(after, np.ndarray):
            after = self.lowering.tensor(after)
        if type(after) is not type(before):
            raise OpError(f"the loop makes something else of value {place}")
        return tensors_of(whole(after))

    def _check(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
        """Raises what has to be wider for a turn to give what it was given."""
        wider: dict[int, Shape] = {}
        for at, (old, new) in enumerate(zip(before, after, strict=True)):
            if old.dtype is not new.dtype or old.rank != new.rank:
                raise OpError(f"the loop is given {old.type} and goes on with {new.type}")
            free = self.wide.get(at, old.shape)
            differ = [
                x not in (y, self._own(at, axis)) for axis, (x, y) in enumerate(zip(free, new.shape, strict=True))
            ]
            if any(differ):
                own = [self._own(at, axis) for axis in range(old.rank)]
                wider[at] = tuple(mine if other else size for mine, other, size in zip(own, differ, free, strict=True))
        if wider:
            raise _WiderError(wider)

    def _own(self, at: int, axis: int) -> Dim:
        return dims.symbol(f"{self.name}_{at}_{axis}")
