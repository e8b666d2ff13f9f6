"""Values of the graph that follow from constants and known sizes alone, such as sizes of images made in floats."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Node, Value
from totfjs.graph.interpret import compute
from totfjs.graph.ops import spec

# More nodes behind a value, or elements of one of them, are no arithmetic with sizes.
_NODES, _ELEMENTS = 256, 256


def value_of(builder: Builder, tensor: Tensor) -> np.ndarray | None:
    """What a tensor holds whatever is fed, or None where only the data decides, or where it takes long to tell."""
    found: dict[Value, np.ndarray] = {}
    waiting = [tensor.value]
    for _ in range(2 * _NODES):
        value = waiting[-1]
        node = builder.nodes[value.node]
        leaf = _leaf(builder, value)
        missing = [] if leaf is not None else [source for source in node.inputs if source not in found]
        if leaf is not None:
            found[value] = leaf
        elif not _is_computed(node):
            return None
        elif not missing:
            found.update(zip(node.values, compute(node, [found[source] for source in node.inputs]), strict=True))
        waiting.extend(missing)
        while waiting and waiting[-1] in found:
            waiting.pop()
        if not waiting:
            return found[tensor.value]
    return None


def _leaf(builder: Builder, value: Value) -> np.ndarray | None:
    tensor = builder.tensor(value)
    if tensor.array is not None:
        return tensor.array.numpy() if tensor.array.size <= _ELEMENTS else None
    sizes = builder.operand(tensor).sizes
    if sizes is None or not all(isinstance(size, int) for size in sizes):
        return None
    return np.array(sizes, np.int32).reshape([size for size in tensor.shape if isinstance(size, int)])


def _is_computed(node: Node) -> bool:
    """Whether a node gives the same whenever it is run, little, and of operands alone."""
    if not node.inputs or node.array is not None:
        return False
    found = spec(node.op)
    small = all(kind.static and int(np.prod(kind.shape or (1,))) <= _ELEMENTS for kind in node.types)  # type: ignore[arg-type]
    return small and found.pure and found.meaning is not None and not found.asynchronous
