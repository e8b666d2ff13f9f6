"""Seeded inputs that a model can be run on: of its dtypes, dims and vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.dims import Dim, evaluate, symbols_of
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.limits import AtLeast
from totfjs.graph.types import DType, TensorType

Sizes = dict[str, int]
# Two rounds for models with dynamic dims: the first symbol is mostly the batch, the others lengths and widths; a symbol
# that is multiplied by much, as in 32*h, may stay small.
_BATCH, _LENGTH, _FACTOR = (1, 2), (6, 9), (2, 3)
_MUCH = 4
# How often a size is moved by one until all that is known of the sizes holds.
_MOVES = 10_000
# What an index may be when no table says how long it is.
_FEW = 10


def rounds(types: Mapping[str, TensorType], limits: Sequence[AtLeast] = ()) -> tuple[Sizes, ...]:
    """The sizes of the dynamic dims to run with: two rounds, or one where nothing is dynamic.

    They keep to the limits, and make no dim empty.
    """
    dims = [size for tensor_type in types.values() for size in tensor_type.shape if isinstance(size, Dim)]
    if not dims:
        return ({},)
    known = (*limits, *(AtLeast(size, 1) for size in dims))
    names = dict.fromkeys((*symbols_of(dims), *(name for limit in known for name in sorted(_symbols(limit)))))
    wanted = {name: _wanted(name, index, dims) for index, name in enumerate(names)}
    first = _within({name: small for name, (small, _) in wanted.items()}, known)
    second = {name: max(large, first[name] + (first[name] > small)) for name, (small, large) in wanted.items()}
    return first, _within(second, known)


def _wanted(name: str, index: int, dims: Sequence[Dim]) -> tuple[int, int]:
    """The two sizes of a symbol when nothing is known of it."""
    factor = max((abs(by) for dim in dims for monomial, by in dim.terms if (name, 1) in monomial), default=1)
    if factor >= _MUCH:
        return _FACTOR[0] + (index > 1), _FACTOR[1] + (index > 1)
    small, large = _LENGTH if index else _BATCH
    return small + (index > 1) * index, large + (index > 1) * index


def _within(sizes: Sizes, limits: Sequence[AtLeast]) -> Sizes:
    """Sizes that all limits allow, found by moving one symbol of a limit that does not hold at a time."""
    sizes = dict(sizes)
    for _ in range(_MOVES):
        broken = next((limit for limit in limits if not limit.holds(sizes)), None)
        if broken is None:
            return sizes
        name, step = max(_moves(broken, sizes), key=lambda move: _margin(broken, {**sizes, move[0]: sum(move[1])}))
        sizes[name] = sum(step)
    raise UsageError(
        f"No sizes were found for which {' and '.join(map(str, limits))}.",
        remedy="Correct the limits of the dynamic dims, or turn the proof off with --verify off.",
    )


def _moves(limit: AtLeast, sizes: Sizes) -> list[tuple[str, tuple[int, int]]]:
    """The symbols of a limit, each with its size and a step up or down that leaves it positive."""
    return [
        (name, (sizes[name], step)) for name in sorted(_symbols(limit)) for step in (1, -1) if sizes[name] + step > 0
    ]


def _margin(limit: AtLeast, sizes: Sizes) -> int:
    return evaluate(limit.size, sizes) - evaluate(limit.least, sizes)


def _symbols(limit: AtLeast) -> frozenset[str]:
    return frozenset(symbols_of((limit.size, limit.least)))


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
