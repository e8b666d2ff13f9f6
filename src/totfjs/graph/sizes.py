"""What int32 values that are made from shapes hold: `Shape(x)[0] * 2` is `2*b`, before the model ever runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.graph import Node, Value
from totfjs.graph.types import DType, TensorType
from totfjs.weights.array import Dense

# Vectors longer than this are data, not shapes.
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as the rules see it: its node, and the types of the operands with the sizes that they hold."""

    node: Node
    port: int
    sources: tuple[TensorType, ...]
    parts: tuple[Shape | None, ...]


Rule: TypeAlias = Callable[[Reading], Shape | None]


def sizes_of(nodes: Mapping[str, Node], value: Value, known: dict[Value, Shape | None] | None = None) -> Shape | None:
    """The numbers or dims that an int32 scalar or vector holds, or None where only the data decides.

    `known` keeps what was found for the next call on the same nodes.
    """
    if not _holds_sizes(nodes[value.node].types[value.port]):
        return None
    found = {} if known is None else known
    waiting = [value]
    while waiting:
        current = waiting[-1]
        missing = [operand for operand in _operands(nodes, current) if operand not in found]
        if current in found or not missing:
            waiting.pop()
            if current not in found:
                found[current] = _read(nodes, current, found)
        else:
            waiting.extend(missing)
    return found[value]


def _operands(nodes: Mapping[str, Node], value: Value) -> tuple[Value, ...]:
    """The values that a value follows from; none where the types are enough."""
    node = nodes[value.node]
    return node.inputs if _holds_sizes(node.types[value.port]) and node.op in _RULES else ()


def _holds_sizes(kind: TensorType) -> bool:
    return kind.dtype is DType.INT32 and kind.rank <= 1


def _read(nodes: Mapping[str, Node], value: Value, found: Mapping[Value, Shape | None]) -> Shape | None:
    node = nodes[value.node]
    if not _holds_sizes(node.types[value.port]):
        return None
    if node.array is not None:
        small = isinstance(node.array, Dense) and node.array.size <= LONGEST
        return tuple(int(size) for size in node.array.numpy().reshape(-1)) if small else None
    sources = tuple(nodes[operand.node].types[operand.port] for operand in node.inputs)
    if node.op in _OF_TYPES:
        return _OF_TYPES[node.op](sources[0])
    if node.op not in _RULES:
        return None
    sizes = _RULES[node.op](Reading(node, value.port, sources, tuple(found[operand] for operand in node.inputs)))
    return sizes if sizes is not None and len(sizes) <= LONGEST and all(map(_fits, sizes)) else None


def _fits(size: Size) -> bool:
    return not isinstance(size, int) or -(2**31) <= size < 2**31


def _same(reading: Reading) -> Shape | None:
    return reading.parts[0]


def _joined(reading: Reading) -> Shape | None:
    """Pack stacks all its operands; ConcatV2 has the axis as its last one."""
    parts = reading.parts[:-1] if reading.node.op == "ConcatV2" else reading.parts
    return None if None in parts else tuple(size for part in parts if part for size in part)


def _unpacked(reading: Reading) -> Shape | None:
    sizes = reading.parts[0]
    return None if sizes is None else (sizes[reading.port],)


def _product(reading: Reading) -> Shape | None:
    sizes = reading.parts[0]
    return None if sizes is None or reading.node.types[0].rank else (dims.product(sizes),)


def _slice(reading: Reading) -> Shape | None:
    sizes, begin, size = reading.parts[0], _numbers(reading.parts[1]), _numbers(reading.parts[2])
    if sizes is None or begin is None or size is None:
        return None
    return sizes[begin[0] :] if size[0] < 0 else sizes[begin[0] : begin[0] + size[0]]


def _strided_slice(reading: Reading) -> Shape | None:
    sizes, (begin, end, step), attrs = reading.parts[0], map(_numbers, reading.parts[1:]), reading.node.attrs
    if sizes is None or begin is None or end is None or step is None:
        return None
    if len(begin) != 1 or attrs["ellipsis_mask"] or attrs["new_axis_mask"]:
        return None
    if attrs["shrink_axis_mask"]:
        return _picked(sizes, begin)
    start = None if attrs["begin_mask"] else begin[0]
    return sizes[start : None if attrs["end_mask"] else end[0] : step[0]]


def _gather(reading: Reading) -> Shape | None:
    sizes, places = reading.parts[0], _numbers(reading.parts[1])
    if sizes is None or places is None or any(place < 0 for place in places):
        return None
    return _picked(sizes, places)


def _picked(sizes: Shape, places: tuple[int, ...]) -> Shape | None:
    inside = all(-len(sizes) <= place < len(sizes) for place in places)
    return tuple(sizes[place] for place in places) if inside else None


def _elementwise(function: Callable[[Size, Size], Size]) -> Rule:
    def rule(reading: Reading) -> Shape | None:
        parts = [part for part in reading.parts if part is not None]
        if len(parts) != len(reading.parts):
            return None
        lengths = {len(part) for part in parts if len(part) != 1}
        length = lengths.pop() if lengths else 1
        spread = [part * length if len(part) == 1 else part for part in parts]
        try:
            return tuple(reduce(function, operands) for operands in zip(*spread, strict=True))
        except ZeroDivisionError:
            return None

    return rule


def _numbers(part: Shape | None) -> tuple[int, ...] | None:
    numbers = tuple(size for size in part or () if isinstance(size, int))
    return numbers if part is not None and len(numbers) == len(part) else None


_OF_TYPES: dict[str, Callable[[TensorType], Shape]] = {
    "Shape": lambda kind: kind.shape,
    "Size": lambda kind: (dims.product(kind.shape),),
    "Rank": lambda kind: (kind.rank,),
}

_RULES: dict[str, Rule] = {
    "Identity": _same,
    "Reshape": _same,
    "Squeeze": _same,
    "ExpandDims": _same,
    "Cast": _same,
    "Pack": _joined,
    "ConcatV2": _joined,
    "Unpack": _unpacked,
    "Prod": _product,
    "Slice": _slice,
    "StridedSlice": _strided_slice,
    "GatherV2": _gather,
    "AddV2": _elementwise(lambda a, b: a + b),
    "Sub": _elementwise(lambda a, b: a - b),
    "Mul": _elementwise(lambda a, b: a * b),
    "FloorDiv": _elementwise(dims.floordiv),
    "FloorMod": _elementwise(dims.modulo),
    "Maximum": _elementwise(dims.maximum),
    "Minimum": _elementwise(dims.minimum),
}
