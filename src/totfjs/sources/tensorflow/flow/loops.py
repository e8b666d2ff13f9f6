"""While loops: unrolled where the number of turns is known and few nodes come of it, else loops of frames.

| loop | becomes | because |
|---|---|---|
| condition known at each turn, few nodes | its turns, one after another | the model stays synchronous |
| any other | a loop of frames, its state tensors | frames run on all backends, functions do not |

Lists that every turn puts one element into are lists of the runtime meanwhile; all others are one tensor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.graph import Node as GraphNode
from totfjs.graph.graph import Value
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType
from totfjs.recipes.frames import loop, reached, together
from totfjs.recipes.rows import collect, collected
from totfjs.recipes.shapes import dim_value
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.flow.carry import computed, sizes_again, tensors_of, whole, with_tensors
from totfjs.sources.tensorflow.flow.forms import dense
from totfjs.sources.tensorflow.flow.lists import Array, Collector, Items, Rows, Unset, element_shape
from totfjs.sources.tensorflow.flow.turns import Turns, size_in
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.program import Body, Function, Node
from totfjs.sources.tensorflow.values import Broken, Operand

# What a loop may grow to when it is unrolled.
MOST_NODES = 5_000
MOST_TURNS = 5_000
# How often a loop is begun again because its state turned out to be of another shape.
_ATTEMPTS = 6
_HANDLES = (DType.RESOURCE, DType.VARIANT)


def while_(lowering: Lowering, condition: Body, body: Body, start: Sequence[Operand]) -> Sequence[Operand]:
    """The state after the last turn."""
    turns = Turns(lowering.functional(condition), lowering.functional(body), lambda node: bodies_of(lowering, node))
    if len(start) != len(turns.body.results) or len(start) != len(turns.body.arguments):
        raise OpError(f"the loop has {len(start)} values, and its body gives {len(turns.body.results)}")
    parts = While(lowering, turns, list(start))
    results = parts.unrolled()
    return parts.looped() if results is None else results


def bodies_of(lowering: Lowering, node: Node) -> tuple[Body, Body]:
    """The condition and the body of a loop."""
    condition, body = (body_of(lowering, node.attrs[name]) for name in ("cond", "body"))
    return lowering.functional(condition), lowering.functional(body)


def body_of(lowering: Lowering, attr: Body | Function) -> Body:
    """The body that an attribute names, or is."""
    return attr if isinstance(attr, Body) else lowering.function(attr.name)


class _WiderError(Exception):
    """A turn gives another shape than it was given: the shapes that fit both, by the places of the tensors."""

    def __init__(self, shapes: dict[int, Shape]) -> None:
        super().__init__()
        self.shapes = shapes


@dataclass
class While:
    """A loop and the state with which it begins."""

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

    # --- unrolled ---------------------------------------------------------------------------------------------------

    def unrolled(self) -> list[Operand] | None:
        """The turns one after another, if the condition is known at each; None when it is not, or they are too many."""
        lowering, state = self.lowering, self.start
        builder, problems, undo = lowering.builder, len(lowering.problems), lowering.checkpoint()
        expected, before = self.expected(), len(builder.nodes)
        if expected is not None and expected > MOST_TURNS:
            return None
        for turn in range(MOST_TURNS):
            going = self.going(state)
            if not isinstance(going, np.ndarray):
                break
            if not bool(going) or len(lowering.problems) > problems:
                return state
            state = self.turn(state)
            nodes = _nodes_since(builder.nodes, before)
            if nodes > MOST_NODES or (turn == 1 and expected is not None and nodes / 2 * expected > MOST_NODES):
                break
        undo()
        return None

    def expected(self) -> int | None:
        """The number of turns, where the bodies tell it."""
        found = self.count
        return found if isinstance(found, int) else None

    @property
    def count(self) -> Size | None:
        """The number of turns, which may be a size of the inputs."""
        return self.turns.count(self.start, [size_in(operand) for operand in self.start])

    # --- frames -----------------------------------------------------------------------------------------------------

    def looped(self) -> list[Operand]:
        """A loop of frames."""
        wide: dict[int, Shape] = {}
        name = f"carried_{len(self.lowering.builder.nodes)}"
        for _ in range(_ATTEMPTS):
            undo = self.lowering.checkpoint()
            try:
                return _Frames(self, wide, name).run()
            except _WiderError as found:
                undo()
                wide = {**wide, **found.shapes}
        raise OpError("the shapes of what the loop carries go on changing")


def truth(lowering: Lowering, found: Operand) -> Operand:
    """A condition as a bool: numbers are true when they are not zero."""
    if isinstance(found, np.ndarray):
        if found.ndim:
            return np.array(found.size > 0)
        return np.array(bool(found.reshape(())[()]))
    tensor = lowering.tensor(found)
    if not isinstance(tensor, Tensor) or tensor.rank:
        raise OpError("the condition is no scalar")
    if tensor.dtype is DType.BOOL:
        return tensor
    return lowering.builder.op("NotEqual", tensor, 0)


def _nodes_since(nodes: Mapping[str, GraphNode], before: int) -> int:
    return sum(node.op != "Const" for node in islice(nodes.values(), before, None))


class _Frames:
    """One attempt to build a loop of frames. `wide` are shapes of tensors which turns change, of dims after `name`."""

    def __init__(self, parts: While, wide: dict[int, Shape], name: str) -> None:
        self.parts, self.lowering, self.wide, self.name = parts, parts.lowering, wide, name
        self.builder, self.turns = parts.lowering.builder, parts.turns
        self.collectors = self._collectors()
        self.state: dict[int, Operand] = {}
        self.outside: dict[int, Operand] = {}
        self.order: list[int] = []

    def run(self) -> list[Operand]:
        """The state after the last turn."""
        kept, start = self.turns.kept, self.parts.start
        if all(kept):
            raise OpError("the state of the loop never changes, so that it ends at once or never")
        held = {place: self._held(start[place]) for place in range(len(start)) if kept[place]}
        moving = [place for place in range(len(start)) if not kept[place] and place not in self.collectors]
        entering = {place: self._entering(place) for place in moving}
        entered, self.outside, length = self._grouped(entering, held)
        lists = {place: self._list(place, length) for place in self.collectors}
        self.order = [*entered, *lists]
        self.state = {**entered, **lists}
        flat = [tensor for place in self.order for tensor in tensors_of(self.state[place])]
        if not flat or all(tensor.dtype is DType.VARIANT for tensor in flat):
            raise OpError("the loop carries nothing that counts its turns")
        before = len(self.builder.nodes)
        results = loop(flat, self._going, self._turn, self.wide)
        self._measure(results)
        ended = iter(results)
        after = {place: with_tensors(self.state[place], ended) for place in self.order}
        self._settle_lists(lists, length, before)
        left = {place: self._left(place, value, length) for place, value in after.items()}
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
        operand = self.parts.start[place]
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
        for operand in self.parts.start:
            if isinstance(operand, np.ndarray) and not self.turns.kept[len(start)]:
                operand = lowering.tensor(operand)
            tensors = tensors_of(operand)
            start.append(with_tensors(operand, iter(together(tensors, None))) if tensors else operand)
        try:
            return self.parts.turn(start)
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
        count = self.parts.count if self.collectors else None
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
        for place, counter in self.collectors.items():
            items, turn = carried[place], carried[counter]
            assert isinstance(items, Collector) and isinstance(turn, Tensor)
            carried[place] = replace(items, turn=turn)
        return [carried[place] if place in carried else self.outside[place] for place in range(len(self.parts.start))]

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
            found = self.lowering.tensor(self.parts.going(self._operands(tensors)))
        _tie(self.lowering, tensors, before)
        if not isinstance(found, Tensor):
            raise OpError("the condition is no number")
        return found

    def _turn(self, tensors: list[Tensor]) -> list[Tensor]:
        self._measure(tensors)
        before, problems = len(self.builder.nodes), len(self.lowering.problems)
        given = self._operands(tensors)
        with self.lowering.within(self._anchor(tensors)):
            found = self.parts.turn(given)
            if len(self.lowering.problems) > problems or any(isinstance(value, Broken) for value in found):
                return tensors  # one problem is enough
            after = [tensor for place in self.order for tensor in self._carried(place, given[place], found[place])]
        _tie(self.lowering, tensors, before)
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

    # --- lists that are filled ------------------------------------------------------------------------------------

    def _collectors(self) -> dict[int, int]:
        """Lists into which each turn puts the element of its number, with the part of the state that counts turns."""
        parts, count = self.parts, self.parts.count
        zeros = [place for place, first in self.turns.counters(parts.start).items() if first == 0]
        if count is None or count == 0 or not zeros:
            return {}
        found = {}
        for place, operand in enumerate(parts.start):
            node = self.turns.written_once(place) if _nothing_set(operand) else None
            if node is None or not isinstance(operand, Items | Unset) or numpy_dtype(operand.dtype).kind == "c":
                continue
            length = len(operand.items) if isinstance(operand, Items) else size_in(operand.length)
            if node.op == "TensorListPushBack":
                fits, counter = length == 0, zeros[0]
            else:
                counter = self._index(node)
                grows = self._grows(node)
                fits = counter in zeros and (length == count or (grows and length == 0))
            if fits:
                found[place] = counter
        return found

    def _grows(self, node: Node) -> bool:
        """Whether a list is made longer where its end is written."""
        handle = self.turns.argument(self.turns.body, node.inputs[0])
        made = None if handle is None else self.parts.start[handle]
        return made.grows if isinstance(made, Array) else bool(node.attrs.get("resize_if_index_out_of_bounds", False))

    def _index(self, node: Node) -> int:
        place = self.turns.argument(self.turns.body, node.inputs[1])
        return -1 if place is None else place

    def _list(self, place: int, length: Tensor | None) -> Collector:
        """An empty list, which takes the place of one that is made when the type of the elements is known."""
        operand = self.parts.start[place]
        assert isinstance(operand, Items | Unset) and length is not None
        handle = self.builder.op("TensorListReserve", [0], length, element_dtype=DType.FLOAT32)
        return Collector(operand.dtype, operand.shape, handle, length)

    def _settle_lists(self, lists: dict[int, Collector], length: Tensor | None, before: int) -> None:
        """Lets the lists enter that are right for what is put into them."""
        count = self.parts.count
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

    def _inside(self, symbol: str, before: int) -> bool:
        """Whether a size is decided in the loop, so that no list can be made for it before."""
        maker = symbol.rpartition(".")[0]
        return symbol.startswith(f"{self.name}_") or maker in islice(self.builder.nodes, before, None)

    def _left(self, place: int, value: Operand, length: Tensor | None) -> Operand:
        """One part of the state after the loop."""
        if not isinstance(value, Collector):
            return value
        count, kinds = self.parts.count, value.kinds
        if not kinds or count is None:
            raise OpError("the loop puts nothing into a list")
        rows = collected(value.handle, kinds[0].shape, kinds[0].dtype, count)
        return Rows(value.dtype, value.shape, rows)


def _nothing_set(operand: Operand) -> bool:
    if isinstance(operand, Unset):
        return True
    return isinstance(operand, Items) and all(item is None for item in operand.items)


def _tie(lowering: Lowering, seeds: Sequence[Tensor], before: int) -> None:
    """Lets nodes that draw numbers, or end some time later, run in the turn even if they read nothing of it."""
    builder = lowering.builder
    known = reached(builder, (seed.value.node for seed in seeds), before)
    anchor = next(seed for seed in seeds if seed.dtype is not DType.VARIANT)
    for node in list(islice(builder.nodes.values(), before, None)):
        if node.name in known or node.op == "Const" or not node.inputs:
            continue
        if any(value.node in known for value in node.inputs):
            known.add(node.name)
        elif spec(node.op).asynchronous or not spec(node.op).pure:
            builder.add(replace(node, inputs=_tied(builder, node, anchor)))
            known.add(node.name)


def _tied(builder: Builder, node: GraphNode, anchor: Tensor) -> tuple[Value, ...]:
    """The inputs of a node, one of them in the turn of a tensor."""
    place = next((at for at, value in enumerate(node.inputs) if builder.tensor(value).dtype not in _HANDLES), None)
    if place is None:
        raise OpError(f"a loop cannot hold {node.op}, which reads nothing of the turn")
    (tied,) = together([builder.tensor(node.inputs[place])], anchor)
    return (*node.inputs[:place], tied.value, *node.inputs[place + 1 :])
