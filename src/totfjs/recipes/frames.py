"""Loops and branches that are decided while the model runs, as frames of Switch and Merge.

The way the runtime runs frames decides how they are built. A node runs in the innermost frame of its operands, when
the last of them arrives. What reads only values from outside of a loop runs once, before it, and is then seen by every
turn: weights are read without entering. So everything that a loop reads has to be there when it starts, and what
starts inside a loop or on a branch has to come from there: `together` sees to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.types import DType

Body = Callable[[list[Tensor]], Sequence[Tensor]]


def together(values: Sequence[Tensor], anchor: Tensor | None) -> list[Tensor]:
    """The values, all there at one moment, in the turn or on the branch of `anchor`."""
    operands = [*values, anchor] if anchor is not None else [*values]
    return list(operands[0].builder.ops("IdentityN", *operands, name="together")[: len(values)]) if values else []


def loop(
    start: Sequence[Tensor],
    going: Callable[[list[Tensor]], Tensor],
    turn: Body,
    wide: Mapping[int, Shape] = MappingProxyType({}),
) -> list[Tensor]:
    """The state after `turn` was applied to it for as long as `going` holds. `start` has to come from `together`.

    `wide` has shapes for what enters, by its place, where some dims change from turn to turn: symbols of their own.
    """
    builder = start[0].builder
    before, name = len(builder.nodes), f"loop_{len(builder.nodes)}"
    entered = [builder.op("Enter", value, frame_name=name) for value in start]
    entered = [builder.widen(value, wide[at]) if at in wide else value for at, value in enumerate(entered)]
    heads = [builder.op("Merge", value, value) for value in entered]
    (condition,) = _inside([going(heads)], heads, before)
    running = builder.op("LoopCond", condition)
    routed = [builder.ops("Switch", head, running) for head in heads]
    live = [yes for _, yes in routed]
    for at, (head, value) in enumerate(zip(heads, _inside(turn(live), live, before), strict=True)):
        builder.close(head, value, wide=at in wide)
    return [builder.op("Exit", no) for no, _ in routed]


def branch(condition: Tensor, operands: Sequence[Tensor], yes: Body, no: Body) -> list[Tensor]:
    """The results of one of two bodies; only that one runs, on operands which are no constants."""
    builder = condition.builder
    before = len(builder.nodes)
    routed = [builder.ops("Switch", value, condition) for value in (condition, *operands)]
    taken = [[sides[side] for sides in routed] for side in (1, 0)]
    first, second = (_inside(body(side[1:]), side, before) for body, side in zip((yes, no), taken, strict=True))
    return [builder.op("Merge", _open(*pair), pair[1]) for pair in zip(first, second, strict=True)]


def _open(value: Tensor, other: Tensor) -> Tensor:
    """A value that meets another of a different shape: the dims in which they differ are decided by the data."""
    if value.dtype is not other.dtype or value.rank != other.rank or value.shape == other.shape:
        return value
    (opened,) = together([value], None)
    sizes = enumerate(zip(value.shape, other.shape, strict=True))
    shape = tuple(a if a == b else dims.symbol(f"{opened.value.node}.{axis}") for axis, (a, b) in sizes)
    return value.builder.widen(opened, shape)


def _inside(values: Sequence[Tensor], seeds: Sequence[Tensor], before: int) -> list[Tensor]:
    """The values; those that follow from none of the seeds are tied to them."""
    builder = seeds[0].builder
    anchor = next(seed for seed in seeds if seed.dtype is not DType.VARIANT)
    after = reached(builder, (seed.value.node for seed in seeds), before)
    return [value if value.value.node in after else together([value], anchor)[0] for value in values]


def reached(builder: Builder, seeds: Iterable[str], before: int) -> set[str]:
    """The nodes that follow from seeds, among those made since there were `before` nodes."""
    found = set(seeds)
    for node in islice(builder.nodes.values(), before, None):
        if any(value.node in found for value in node.inputs):
            found.add(node.name)
    return found
