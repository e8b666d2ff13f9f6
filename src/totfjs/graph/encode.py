"""A graph as the JSON that TensorFlow.js parses: the `modelTopology` and `signature` of a `model.json`.

The runtime has few defaults, so every attribute is written; 64-bit integers are strings and strings are base64.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Builder
from totfjs.graph.dims import Shape
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.graph.tables import initialized, initializer
from totfjs.graph.types import DType, TensorType
from totfjs.weights.array import Array

Json = dict[str, Any]
# The loader reads both numbers; they are those of the TensorFlow whose ops this vocabulary has.
VERSIONS = {"producer": 1645, "minConsumer": 12}


def programs(graph: Graph) -> Json:
    """What a `model.json` runs: signature and topology of a graph with `distinct` outputs, what fills its tables."""
    first = initializer(graph)
    encoded = {"signature": signature(graph), "modelTopology": topology(initialized(graph))}
    return encoded if first is None else {**encoded, "modelInitializer": topology(first)}


def topology(graph: Graph) -> Json:
    """The `modelTopology` of a graph whose outputs are `distinct`, which fills its tables itself."""
    functions = [_function(name, function) for name, function in graph.functions.items()]
    nodes = [_node(node) for node in graph]
    return {"node": nodes, "library": {"function": functions} if functions else {}, "versions": dict(VERSIONS)}


def signature(graph: Graph) -> Json:
    """The inputs and outputs by the user's names, in the user's order."""
    return {
        "inputs": {name: _tensor_info(graph, value) for name, value in graph.inputs.items()},
        "outputs": {name: _tensor_info(graph, value) for name, value in graph.outputs.items()},
    }


def weights(graph: Graph) -> Iterator[tuple[str, Array]]:
    """The content of every constant under the name of its node, functions included."""
    for node in graph.constants:
        assert node.array is not None
        yield node.name, node.array
    for name, function in graph.functions.items():
        yield from ((_inside(name, weight), array) for weight, array in weights(function))


def distinct(graph: Graph) -> Graph:
    """The graph with a node of its own for each output.

    The runtime mixes outputs up which share a node, and takes neither an input nor a second output of a node as one.
    """
    builder = Builder(())  # what the backends cannot do is said by `check_legal`
    builder.nodes = dict(graph.nodes)
    outputs: dict[str, Value] = {}
    for name, value in graph.outputs.items():
        node = graph.nodes[value.node]
        shared = value in outputs.values() or len(node.types) > 1
        if shared or node.array is not None or node.op.startswith("Placeholder"):
            with builder.origin(node.origin):
                value = builder.op("Identity", builder.tensor(value), name=f"{name}_output").value
        outputs[name] = value
    functions = {name: distinct(function) for name, function in graph.functions.items()}
    return replace(graph, nodes=builder.nodes, outputs=outputs, functions=functions)


def _node(node: Node) -> Json:
    encoded: Json = {"name": node.name, "op": node.op}
    if node.inputs:
        encoded["input"] = [str(value) for value in node.inputs]
    if node.array is not None:
        attrs = {"value": {"tensor": {"dtype": node.types[0].dtype.proto, "tensorShape": _shape(node.types[0].shape)}}}
        return {**encoded, "attr": {**attrs, "dtype": {"type": node.types[0].dtype.proto}}}
    kinds = {attr.name: attr.kind for attr in spec(node.op).attrs}
    return {**encoded, "attr": {name: attribute(kinds[name], value) for name, value in node.attrs.items()}}


def attribute(kind: str, value: Any) -> Json:
    """An attribute as GraphDef JSON."""
    if kind in _SCALAR:
        field, encode = _SCALAR[kind]
        return {field: encode(value)}
    field, encode = _SCALAR[kind[:-1]]
    return {"list": {field: [encode(item) for item in value]} if len(value) else {}}


def _number(value: float) -> float | str:
    number = float(value)
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(number, "NaN" if number != number else number)


def _shape(shape: Shape) -> Json:
    sizes = [str(size) if isinstance(size, int) else "-1" for size in shape]
    return {"dim": [{"size": size} for size in sizes]} if sizes else {}


_SCALAR: Mapping[str, tuple[str, Any]] = {
    "int": ("i", lambda value: str(int(value))),
    "float": ("f", _number),
    "bool": ("b", bool),
    "string": ("s", lambda value: base64.b64encode(value.encode()).decode()),
    "type": ("type", lambda value: DType(value).proto),
    "shape": ("shape", _shape),
    "func": ("func", lambda value: {"name": value, "attr": {}}),
}


def _tensor_info(graph: Graph, value: Value) -> Json:
    tensor_type = graph.type(value)
    return {
        "name": f"{value.node}:{value.port}",
        "dtype": tensor_type.dtype.proto,
        "tensorShape": _shape(tensor_type.shape),
    }


def _function(name: str, function: Graph) -> Json:
    """A FunctionDef. Its constants are looked up among all weights of the model: their names carry the function's."""
    arguments = {value.node for value in function.inputs.values()}
    renamed = {node.name: _inside(name, node.name) for node in function.constants}
    nodes = [
        _node(
            replace(
                node,
                name=renamed.get(node.name, node.name),
                inputs=tuple(Value(renamed.get(value.node, value.node), value.port) for value in node.inputs),
            )
        )
        for node in function
        if node.name not in arguments
    ]
    results = {
        result: Value(renamed.get(value.node, value.node), value.port) for result, value in function.outputs.items()
    }
    return {
        "signature": {
            "name": name,
            "inputArg": _arguments(
                (value.node for value in function.inputs.values()), function.inputs.values(), function
            ),
            "outputArg": _arguments(function.outputs, function.outputs.values(), function),
        },
        "nodeDef": nodes,
        "ret": {result: f"{value.node}:{value.port}" for result, value in results.items()},
    }


def _arguments(names: Iterable[str], values: Iterable[Value], function: Graph) -> Sequence[Json]:
    types: list[TensorType] = [function.type(value) for value in values]
    return [{"name": name, "type": kind.dtype.proto} for name, kind in zip(names, types, strict=True)]


def _inside(function: str, name: str) -> str:
    return f"{function}/{name}"
