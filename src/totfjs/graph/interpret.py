"""Runs a graph in numpy, by the meaning of each op: the reference against which backends are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.graph.frames import has_frames, run_frames
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType, TensorType

Values = dict[Value, Any]
_HANDLES = (DType.RESOURCE, DType.VARIANT)


def interpret(
    graph: Graph, inputs: Mapping[str, np.ndarray], *, functions: Mapping[str, Graph] | None = None
) -> dict[str, Any]:
    """The outputs of a graph for the given inputs, both by name."""
    library = functions or graph.functions
    values: Values = {value: _held(inputs[name], graph.type(value)) for name, value in graph.inputs.items()}

    def run(node: Node, known: Values) -> tuple[Any, ...]:
        return results_of(node, known, library)

    if has_frames(graph):
        return run_frames(graph, values, run)
    for node in graph:
        if node.values and node.values[0] not in values:
            values.update(zip(node.values, run(node, values), strict=True))
    return {name: values[value] for name, value in graph.outputs.items()}


def compute(node: Node, operands: list[Any]) -> tuple[Any, ...]:
    """The outputs of one node for the given operands."""
    found = spec(node.op)
    if found.meaning is None:
        raise OpError(f"{node.op} has no meaning outside a running graph")
    with np.errstate(all="ignore"):
        result = found.meaning(*found.group(operands), **node.attrs)
    results = result if isinstance(result, tuple) else (result,)
    return tuple(
        item if kind.dtype in _HANDLES else np.asarray(item, kind.dtype.numpy)
        for item, kind in zip(results, node.types, strict=True)
    )


def _held(item: Any, kind: TensorType) -> Any:
    return item if kind.dtype in _HANDLES else np.asarray(item)


def results_of(node: Node, values: Values, library: Mapping[str, Graph]) -> tuple[Any, ...]:
    """The outputs of one node whose operands are among the values."""
    if node.array is not None:
        return (node.array.numpy(),)
    operands = [values[value] for value in node.inputs]
    if node.op in _CONTROL:
        return _CONTROL[node.op](node, operands, library)
    return compute(node, operands)


def _call(name: str, operands: list[Any], library: Mapping[str, Graph]) -> tuple[Any, ...]:
    function = library[name]
    return tuple(interpret(function, dict(zip(function.inputs, operands, strict=True)), functions=library).values())


def _if(node: Node, operands: list[Any], library: Mapping[str, Graph]) -> tuple[Any, ...]:
    branch = node.attrs["then_branch" if operands[0] else "else_branch"]
    return _call(branch, operands[1:], library)


def _while(node: Node, operands: list[Any], library: Mapping[str, Graph]) -> tuple[Any, ...]:
    state = tuple(operands)
    while _call(node.attrs["cond"], list(state), library)[0]:
        state = _call(node.attrs["body"], list(state), library)
    return state


_CONTROL = {"If": _if, "StatelessIf": _if, "While": _while, "StatelessWhile": _while}
