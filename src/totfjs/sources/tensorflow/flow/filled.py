"""Lists which a loop of frames fills, an element in each turn: lists of the runtime meanwhile, then one tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.rows import collect, collected
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.flow.lists import Array, Collector, Items, Rows, Unset
from totfjs.sources.tensorflow.flow.loop import Loop
from totfjs.sources.tensorflow.flow.turns import size_in
from totfjs.sources.tensorflow.program import Node
from totfjs.sources.tensorflow.values import Operand


@dataclass
class Filled:
    """The lists into which each turn of a loop puts the element of its number.

    `counters` has for the place of each the part of the state that counts turns; `name` is the prefix of sizes that
    change from turn to turn.
    """

    loop: Loop
    name: str

    def __post_init__(self) -> None:
        self.counters = dict(self._found())

    @property
    def builder(self) -> Builder:
        """The graph under construction."""
        return self.loop.lowering.builder

    def begun(self, length: Tensor | None) -> dict[int, Collector]:
        """Empty lists, which take the place of those made when the types of the elements are known."""
        return {place: self._empty(self.loop.start[place], length) for place in self.counters}

    def settle(self, lists: Mapping[int, Collector], length: Tensor | None, before: int) -> None:
        """Lets the lists enter that are right for what is put into them; `before` nodes are older than the loop."""
        count = self.loop.count
        for items in lists.values():
            if not items.kinds:
                continue
            assert count is not None and length is not None
            kind = items.kinds[0]
            if any(self._inside(name, before) for name in dims.symbols_of(kind.shape)):
                raise OpError("it collects values of a size that changes from turn to turn, as far as the graph tells")
            made = collect(kind.shape, kind.dtype, count, length)
            for node in list(islice(self.builder.nodes.values(), before, None)):
                if node.op == "Enter" and node.inputs == (items.handle.value,):
                    self.builder.add(replace(node, inputs=(made.value,)))

    def left(self, value: Operand) -> Operand:
        """One part of the state after the loop."""
        if not isinstance(value, Collector):
            return value
        count, kinds = self.loop.count, value.kinds
        if not kinds or count is None:
            raise OpError("the loop puts nothing into a list")
        rows = collected(value.handle, kinds[0].shape, kinds[0].dtype, count)
        return Rows(value.dtype, value.shape, rows)

    def _found(self) -> Iterator[tuple[int, int]]:
        turns, start, count = self.loop.turns, self.loop.start, self.loop.count
        zeros = [place for place, first in turns.counters(start).items() if first == 0]
        if count is None or count == 0 or not zeros:
            return
        for place, operand in enumerate(start):
            node = turns.written_once(place) if _nothing_set(operand) else None
            if node is None or not isinstance(operand, Items | Unset) or numpy_dtype(operand.dtype).kind == "c":
                continue
            length = len(operand.items) if isinstance(operand, Items) else size_in(operand.length)
            if node.op == "TensorListPushBack":
                fits, counter = length == 0, zeros[0]
            else:
                counter = self._index(node)
                fits = counter in zeros and (length == count or (length == 0 and self._grows(node)))
            if fits:
                yield place, counter

    def _grows(self, node: Node) -> bool:
        """Whether a list is made longer where its end is written."""
        handle = self.loop.turns.argument(self.loop.turns.body, node.inputs[0])
        made = None if handle is None else self.loop.start[handle]
        return made.grows if isinstance(made, Array) else bool(node.attrs.get("resize_if_index_out_of_bounds", False))

    def _index(self, node: Node) -> int:
        place = self.loop.turns.argument(self.loop.turns.body, node.inputs[1])
        return -1 if place is None else place

    def _empty(self, operand: Operand, length: Tensor | None) -> Collector:
        assert isinstance(operand, Items | Unset) and length is not None
        handle = self.builder.op("TensorListReserve", [0], length, element_dtype=DType.FLOAT32)
        return Collector(operand.dtype, operand.shape, handle, length)

    def _inside(self, symbol: str, before: int) -> bool:
        """Whether a size is decided in the loop, so that no list can be made for it before."""
        maker = symbol.rpartition(".")[0]
        return symbol.startswith(f"{self.name}_") or maker in islice(self.builder.nodes, before, None)


def _nothing_set(operand: Operand) -> bool:
    if isinstance(operand, Unset):
        return True
    return isinstance(operand, Items) and all(item is None for item in operand.items)
