"""A state that is carried along the second axis of tensors (batch, time, …).

| steps | become | because |
|---|---|---|
| known, at most `MOST_NODES` nodes in all | nodes, step by step | the model stays synchronous, and runs faster |
| any others | a loop of frames | the graph stays small; the model runs with `executeAsync` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.frames import loop, together
from totfjs.recipes.rows import collect, collected, put
from totfjs.recipes.shapes import dim_value, reshape, transpose
from totfjs.recipes.slicing import reverse, take

# What the steps may grow to when they are written one after another.
MOST_NODES = 5_000
# More dims than this are merged before tensors are taken apart along an axis.
_FEW_DIMS = 3

# From what is read at a step, and the state before it, the state after it.
Step = Callable[[list[Tensor], list[Tensor]], Sequence[Tensor]]


def recur(
    read: Sequence[Tensor], state: Sequence[Tensor], step: Step, *, every: bool = False, backwards: bool = False
) -> tuple[Tensor | None, list[Tensor]]:
    """The state after all steps, and with `every` the first of the state after each, side by side in their order.

    `step` has to compute from what it is given and constants alone.
    """
    length = read[0].shape[1]
    if length == 0:
        raise OpError("there are no steps")
    found = _unrolled(read, state, step, every, backwards, length) if isinstance(length, int) else None
    return _looped(read, state, step, every, backwards) if found is None else found


def _unrolled(
    read: Sequence[Tensor], state: Sequence[Tensor], step: Step, every: bool, backwards: bool, length: int
) -> tuple[Tensor | None, list[Tensor]] | None:
    """The steps one after another; None when they are too many."""
    builder = read[0].builder
    pieces = [_pieces(x, length) for x in read]
    shown: list[Tensor] = []
    for turn in reversed(range(length)) if backwards else range(length):
        before = len(builder.nodes)
        state = list(step([rows[turn] for rows in pieces], list(state)))
        if not shown and _nodes_since(builder, before) * length > MOST_NODES:
            return None
        shown.append(state[0])
    return _side_by_side(shown) if every else None, list(state)


def _nodes_since(builder: Builder, before: int) -> int:
    return sum(node.op != "Const" for node in islice(builder.nodes.values(), before, None))


def _pieces(x: Tensor, length: int) -> list[Tensor]:
    """What is read at each step."""
    shape = (x.shape[0], *x.shape[2:])
    if length == 1:
        return [reshape(x, shape)]
    flat = x if x.rank <= _FEW_DIMS else reshape(x, (*x.shape[:2], dims.product(x.shape[2:])))
    return [reshape(piece, shape) for piece in x.builder.ops("Unpack", flat, axis=1)]


def _side_by_side(parts: Sequence[Tensor]) -> Tensor:
    """Tensors of one step each as one along the second axis."""
    batch, *rest = parts[0].shape
    flat = [part if part.rank < _FEW_DIMS else reshape(part, (batch, dims.product(rest))) for part in parts]
    return reshape(flat[0].builder.op("Pack", *flat, axis=1), (batch, len(parts), *rest))


def _looped(
    read: Sequence[Tensor], state: Sequence[Tensor], step: Step, every: bool, backwards: bool
) -> tuple[Tensor | None, list[Tensor]]:
    builder, size = read[0].builder, read[0].shape[1]
    ordered = [reverse(x, [1]) if backwards else x for x in read]
    ready = together([builder.const(0), dim_value(builder, size), *state, *ordered], None)
    (zero, length, *start), held = ready[: len(state) + 2], ready[len(state) + 2 :]
    first = start[0]
    lists = [collect(first.shape, first.dtype, size, length)] if every else []
    before, count = len(builder.nodes), len(start)

    def turn(values: list[Tensor]) -> list[Tensor]:
        index, carried, items = values[0], values[1 : count + 1], values[count + 1 :]
        after = list(step([take(x, index, 1) for x in held], carried))
        return [index + 1, *after, *(put(item, index, after[0]) for item in items)]

    def going(values: list[Tensor]) -> Tensor:
        return builder.op("Less", values[0], length)

    _, *ended = loop([zero, *start, *lists], going, turn)
    _check_reads(builder, before, {value.value.node for value in ready})
    shown = [collected(items, first.shape, first.dtype, size) for items in ended[count:]]
    return _batch_first(shown[0]) if shown else None, ended[:count]


def _batch_first(x: Tensor) -> Tensor:
    return transpose(x, [1, 0, *range(2, x.rank)])


def _check_reads(builder: Builder, before: int, ready: Iterable[str]) -> None:
    """Every value that a loop reads was there before it: the runtime would wait forever for any other."""
    made = list(islice(builder.nodes.values(), before, None))
    known = {*ready, *(node.name for node in made)}
    for node in (node for node in made if node.op != "Enter"):
        strange = [value.node for value in node.inputs if value.node not in known]
        strange = [name for name in strange if builder.nodes[name].op != "Const"]
        starts = node.op != "Const" and all(builder.nodes[value.node].op == "Const" for value in node.inputs)
        if strange or starts:
            raise OpError(
                "a loop over steps cannot hold what one of them computes; fewer steps, in a known number, can"
            )
