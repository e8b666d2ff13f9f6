"""What the bodies of a loop say of its turns: what never changes, what counts them, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Size
from totfjs.sources.tensorflow.order import reached
from totfjs.sources.tensorflow.program import Body, Node, Ref
from totfjs.sources.tensorflow.values import Operand
from totfjs.weights.array import Array

_LOOPS = ("While", "StatelessWhile")
_PASSING = ("Identity", "IdentityN", "StopGradient", "Enter")


@dataclass(frozen=True)
class Turns:
    """The two bodies of a loop, whose state is the arguments of both; `inner` finds the bodies of loops inside."""

    condition: Body
    body: Body
    inner: Callable[[Node], tuple[Body, Body]]

    @cached_property
    def kept(self) -> list[bool]:
        """For each part of the state whether a turn leaves it as it is."""
        results = list(self.body.results.values())
        return [self.argument(self.body, ref) == place for place, ref in enumerate(results)]

    def argument(self, body: Body, ref: Ref) -> int | None:
        """The place of the argument that a value is."""
        source = self.source(body, ref)
        names = [argument.name for argument in body.arguments]
        return names.index(source.node) if source.node in names and source.node not in body.nodes else None

    def source(self, body: Body, ref: Ref) -> Ref:
        """Where a value that is only passed on comes from."""
        while (node := body.nodes.get(ref.node)) is not None:
            if node.op in _PASSING or (node.op in _LOOPS and self._kept_by(node, ref.place)):
                ref = node.inputs[ref.place]
            else:
                break
        return ref

    def _kept_by(self, node: Node, place: int) -> bool:
        loop = Turns(*self.inner(node), self.inner)
        return place < len(loop.kept) and loop.kept[place]

    def counters(self, start: Sequence[Operand]) -> dict[int, int]:
        """The parts of the state that begin at a known number and grow by one in each turn."""
        found = {}
        for place, ref in enumerate(self.body.results.values()):
            first = start[place]
            if (
                isinstance(first, np.ndarray)
                and first.ndim == 0
                and first.dtype.kind == "i"
                and self._grows(place, ref)
            ):
                found[place] = int(first)
        return found

    def _grows(self, place: int, ref: Ref) -> bool:
        node = self.body.nodes.get(self.source(self.body, ref).node)
        if node is None or node.op not in ("Add", "AddV2"):
            return False
        sides = [
            (self.argument(self.body, side), _number(self.body, self.source(self.body, side))) for side in node.inputs
        ]
        return sorted(sides, key=str) in ([(None, 1), (place, None)], [(place, None), (None, 1)])

    def count(self, start: Sequence[Operand], sizes: Sequence[Size | None]) -> Size | None:
        """The number of turns, where counters are held against sizes; `sizes` has what of the state is a size."""
        (result,) = self.condition.results.values()
        counters, found = self.counters(start), list[Size]()
        waiting = [result]
        while waiting:
            node = self.condition.nodes.get(self.source(self.condition, waiting.pop()).node)
            if node is not None and node.op == "LogicalAnd":
                waiting += node.inputs
                continue
            if node is None or node.op != "Less":
                return None
            counter, bound = self.argument(self.condition, node.inputs[0]), self._size(node.inputs[1], sizes)
            if counter not in counters or bound is None:
                return None
            assert counter is not None
            found.append(bound - counters[counter])
        numbers = [size for size in found if isinstance(size, int)]
        others = list(dict.fromkeys(size for size in found if isinstance(size, Dim)))
        if not others:
            return max(min(numbers), 0)
        # A bound that no size reaches is none.
        near = [number for number in numbers if number < _FAR]
        return others[0] if len(others) == 1 and not near else None

    def _size(self, ref: Ref, sizes: Sequence[Size | None]) -> Size | None:
        place = self.argument(self.condition, ref)
        if place is not None:
            return sizes[place] if self.kept[place] else None
        return _number(self.condition, self.source(self.condition, ref))

    def written_once(self, place: int) -> Node | None:
        """The one node that makes the next list of the list at a place, and reads that alone; None if there is more."""
        result = self.source(self.body, list(self.body.results.values())[place])
        node = self.body.nodes.get(result.node)
        at = _WRITES.get(node.op) if node is not None else None
        if node is None or at is None or self.argument(self.body, node.inputs[at]) != place:
            return None
        if any(self.argument(self.condition, ref) == place for each in _live(self.condition) for ref in each.inputs):
            return None
        readers = [
            each
            for each in _live(self.body)
            if each.op not in _PASSING and any(self.argument(self.body, ref) == place for ref in each.inputs)
        ]
        shown = [self.source(self.body, ref) for ref in self.body.results.values()]
        read = any(
            self.source(self.body, ref) == result
            for each in _live(self.body)
            if each.op not in _PASSING
            for ref in each.inputs
        )
        return node if readers == [node] and shown.count(result) == 1 and not read else None


# The input that is the list, or the flow, of what writes one.
_WRITES = {"TensorListSetItem": 0, "TensorListPushBack": 0, "TensorArrayWriteV3": 3, "TensorArrayWriteV2": 3}
_FAR = 2**31 - 1


def _number(body: Body, ref: Ref) -> int | None:
    node = body.nodes.get(ref.node)
    if node is None or node.op != "Const":
        return None
    value = node.attrs["value"]
    if not isinstance(value, Array) or value.shape or value.dtype.kind != "i":
        return None
    return int(value.numpy())


def _live(body: Body) -> list[Node]:
    """The nodes that the results of a body need."""
    return list(reached(body, [ref.node for ref in body.results.values()], controls=False))


def size_in(operand: Operand) -> Size | None:
    """The one size that an operand holds, or None."""
    if isinstance(operand, np.ndarray):
        return int(operand) if operand.ndim == 0 and operand.dtype.kind in "iu" else None
    sizes = operand.builder.operand(operand).sizes if isinstance(operand, Tensor) and operand.rank == 0 else None
    return sizes[0] if sizes else None
