"""What int32 values that are made from shapes hold: `Shape(x)[0] * 2` is `2*b`, before the model ever runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.graph import Node, Value
from totfjs.graph.types import DType
from totfjs.weights.array import Dense

# Vectors longer than this are data, not shapes.
LONGEST = 64


def sizes_of(nodes: Mapping[str, Node], value: Value) -> Shape | None:
    """The numbers or dims that an int32 scalar or vector holds, or None where only the data decides."""
    node = nodes[value.node]
    tensor_type = node.types[value.port]
    if tensor_type.dtype is not DType.INT32 or tensor_type.rank > 1:
        return None
    if node.array is not None:
        small = isinstance(node.array, Dense) and node.array.size <= LONGEST
        return tuple(int(size) for size in node.array.numpy().reshape(-1)) if small else None
    rule = _RULES.get(node.op)
    return rule(nodes, node) if rule else None


def _shape(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    source = node.inputs[0]
    return nodes[source.node].types[source.port].shape


def _same(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    return sizes_of(nodes, node.inputs[0])


def _joined(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    """Pack stacks all its operands; ConcatV2 has the axis as its last one."""
    parts = [sizes_of(nodes, value) for value in (node.inputs[:-1] if node.op == "ConcatV2" else node.inputs)]
    return None if any(part is None for part in parts) else tuple(size for part in parts if part for size in part)


def _product(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    sizes = sizes_of(nodes, node.inputs[0])
    return None if sizes is None or node.types[0].rank else (dims.product(sizes),)


def _slice(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    sizes, begin, size = (sizes_of(nodes, value) for value in node.inputs)
    if sizes is None or not _numbers(begin, size):
        return None
    start, count = int(begin[0]), int(size[0])  # type: ignore[index,arg-type]
    return sizes[start:] if count < 0 else sizes[start : start + count]


def _strided_slice(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    sizes, begin, end, step = (sizes_of(nodes, value) for value in node.inputs)
    if sizes is None or not _numbers(begin, end, step) or node.attrs["ellipsis_mask"] or node.attrs["new_axis_mask"]:
        return None
    start = None if node.attrs["begin_mask"] & 1 else int(begin[0])  # type: ignore[index,arg-type]
    stop = None if node.attrs["end_mask"] & 1 else int(end[0])  # type: ignore[index,arg-type]
    if node.attrs["shrink_axis_mask"] & 1:
        return (sizes[int(begin[0])],)  # type: ignore[index,arg-type]
    return sizes[slice(start, stop, int(step[0]))]  # type: ignore[index,arg-type]


def _gather(nodes: Mapping[str, Node], node: Node) -> Shape | None:
    sizes, places = (sizes_of(nodes, value) for value in node.inputs[:2])
    if sizes is None or not _numbers(places):
        return None
    return tuple(sizes[int(place)] for place in places or ())  # type: ignore[arg-type]


def _elementwise(function: Callable[[Size, Size], Size]) -> Callable[[Mapping[str, Node], Node], Shape | None]:
    def rule(nodes: Mapping[str, Node], node: Node) -> Shape | None:
        parts = [sizes_of(nodes, value) for value in node.inputs]
        if any(part is None for part in parts):
            return None
        length = max(len(part) for part in parts if part is not None)
        spread = [part * length if len(part) == 1 else part for part in parts if part is not None]
        return tuple(reduce(function, operands) for operands in zip(*spread, strict=True))

    return rule


def _numbers(*parts: Shape | None) -> bool:
    return all(part is not None and all(isinstance(size, int | np.integer) for size in part) for part in parts)


_RULES: dict[str, Callable[[Mapping[str, Node], Node], Shape | None]] = {
    "Shape": _shape,
    "Identity": _same,
    "Reshape": _same,
    "Squeeze": _same,
    "ExpandDims": _same,
    "Cast": _same,
    "Pack": _joined,
    "ConcatV2": _joined,
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
