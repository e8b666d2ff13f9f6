"""Seeded inputs that a model can be run on: of its dtypes, dims and vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from totfjs.graph.dims import evaluate, symbols_of
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.types import DType, TensorType

Sizes = dict[str, int]
# Two rounds for models with dynamic dims: the first symbol is mostly the batch, the others lengths and widths.
_BATCH, _LENGTH = (1, 2), (6, 9)
# What an index may be when no table says how long it is.
_FEW = 10


def rounds(types: Mapping[str, TensorType]) -> tuple[Sizes, ...]:
    """The sizes of the dynamic dims to run with: two rounds, or one where nothing is dynamic."""
    names = symbols_of(size for tensor_type in types.values() for size in tensor_type.shape)
    if not names:
        return ({},)
    return tuple(
        {name: (_BATCH if i == 0 else _LENGTH)[turn] + (i > 1) * i for i, name in enumerate(names)} for turn in (0, 1)
    )


def sample(graph: Graph, types: Mapping[str, TensorType], sizes: Mapping[str, int], seed: int = 0) -> dict[str, Any]:
    """One set of inputs: normal floats, indices within their tables, fair booleans."""
    generator = np.random.default_rng(seed)
    return {
        name: _values(generator, tensor_type, sizes, vocabulary(graph, name)) for name, tensor_type in types.items()
    }


def vocabulary(graph: Graph, name: str) -> int:
    """How many rows the smallest table has that an integer input indexes, or a few where it indexes none."""
    if name not in graph.inputs:
        return _FEW
    sizes = list(_tables(graph, graph.inputs[name]))
    return min(sizes, default=_FEW)


def _values(generator: np.random.Generator, tensor_type: TensorType, sizes: Mapping[str, int], most: int) -> np.ndarray:
    shape = tuple(evaluate(size, sizes) for size in tensor_type.shape)
    match tensor_type.dtype:
        case DType.INT32:
            return generator.integers(0, max(most, 1), shape).astype(np.int32)
        case DType.BOOL:
            return generator.integers(0, 2, shape).astype(bool)
        case DType.COMPLEX64:
            return (generator.normal(size=shape) + 1j * generator.normal(size=shape)).astype(np.complex64)
        case DType.STRING:
            return np.array([f"text {n}" for n in range(int(np.prod(shape)))], dtype=object).reshape(shape)
    return generator.normal(size=shape).astype(np.float32)


def _tables(graph: Graph, value: Value) -> Iterator[int]:
    """The lengths of the tables that are read at an index made from `value`."""
    seen, waiting = {value}, [value]
    while waiting:
        for node, slot in graph.consumers.get(waiting.pop(), ()):
            if node.op in ("GatherV2", "Gather") and slot == 1:
                yield from _rows(graph, node)
            elif node.types[0].dtype is DType.INT32 and node.values[0] not in seen:
                seen.add(node.values[0])
                waiting.append(node.values[0])


def _rows(graph: Graph, node: Node) -> Iterator[int]:
    array = graph.array(node.inputs[2]) if len(node.inputs) > 2 else None
    axis = int(array.numpy()) if array is not None else 0
    size = graph.type(node.inputs[0]).shape[axis]
    if isinstance(size, int):
        yield size
