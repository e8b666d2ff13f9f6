"""The JSON of a graph model back as a graph, with its types inferred anew."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from totfjs.errors import ModelFileError
from totfjs.graph.builder import VISIBLE, Builder
from totfjs.graph.dims import Shape, Size, parse, symbol
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import Attr, Backend, OpError, spec
from totfjs.graph.types import FROM_PROTO, DType, TensorType
from totfjs.weights.array import Array, Dense

Json = Mapping[str, Any]


def decode(
    model: Json, weights: Mapping[str, Array], backends: Sequence[Backend] = (), *, visible: int = VISIBLE
) -> Graph:
    """The graph of a `model.json`; unknown dims get the names that the model records, else names of their own.

    Constants of up to `visible` elements are read at once: what is not read cannot decide a shape.
    """
    topology = model["modelTopology"]
    if topology.get("library", {}).get("function"):
        raise _not_read("functions (control flow)")
    nodes = {node["name"]: node for node in topology["node"]}
    signature = model.get("signature") or {}
    entries = signature.get("inputs") or {name: {"name": name} for name, node in nodes.items() if _is_input(node)}
    names = {_value(entry["name"]).node: name for name, entry in entries.items()}
    dims = (model.get("userDefinedMetadata") or {}).get("totfjs", {}).get("inputs", {})
    builder = Builder(backends)
    for name in _ordered(nodes):
        _add(builder, nodes[name], names, weights, dims, visible)
    for merge in [node for node in builder.nodes.values() if node.op == "Merge"]:
        builder.add(replace(merge, inputs=tuple(_value(text) for text in nodes[merge.name]["input"])))
    outputs = signature.get("outputs") or _leaves(nodes)
    values = {name: _value(entry["name"]) for name, entry in outputs.items()}
    graph = builder.build({name: builder.tensor(value) for name, value in values.items()})
    return Graph(graph.nodes, {name: builder.inputs[name] for name in entries}, graph.outputs, {}, graph.backends)


def _add(
    builder: Builder,
    node: Json,
    inputs: Mapping[str, str],
    weights: Mapping[str, Array],
    dims: Mapping[str, Any],
    visible: int,
) -> None:
    name, op = node["name"], node["op"]
    if op == "Const":
        builder.add(_constant(name, weights, visible))
        return
    if _is_input(node) and op == "Placeholder":
        user_name = inputs.get(name, name)
        kind = TensorType(_dtype(node["attr"]["dtype"]["type"]), _input_shape(node, user_name, dims))
        builder.add(Node(name, op, (), {"dtype": kind.dtype, "shape": kind.shape}, (kind,)))
        builder.inputs[user_name] = Value(name)
        return
    given = [_value(text) for text in node.get("input", ()) if not text.startswith("^")]
    # What closes a loop comes after the Merge that begins it, and is of the type of what enters.
    operands = [builder.tensor(value if value.node in builder.nodes else given[0]) for value in given]
    try:
        found = spec(op)
        attrs = {
            attr.name: _attribute(attr, node["attr"][attr.name]) for attr in found.attrs if attr.name in node["attr"]
        }
        call = found.complete([builder.operand(operand) for operand in operands], attrs, name)
        types = found.types(call)
    except OpError as error:
        raise ModelFileError(f"Node {name!r}: {error}.", remedy="Compare the model with its source instead.") from error
    builder.add(Node(name, op, tuple(operand.value for operand in operands), call.attrs, types))


def _constant(name: str, weights: Mapping[str, Array], visible: int) -> Node:
    if name not in weights:
        raise ModelFileError(f"The constant {name!r} has no weight.", remedy="Convert the model again.")
    stored = weights[name]
    array = Dense(stored.numpy()) if stored.size <= visible else stored  # axes and shapes have to be seen
    dtype = DType.STRING if array.dtype.kind == "O" else DType(array.dtype.name)
    return Node(name, "Const", (), {"dtype": dtype}, (TensorType(dtype, array.shape),), array)


def _attribute(attr: Attr, encoded: Json) -> Any:
    if "list" in encoded:
        items: Iterable[Any] = next(iter(encoded["list"].values()), ())
        return tuple(_SCALAR[attr.kind[:-1]](item) for item in items)
    return _SCALAR[attr.kind](next(iter(encoded.values())))


def _dtype(name: str) -> DType:
    if name not in FROM_PROTO:
        raise ModelFileError(f"TensorFlow.js has no dtype {name}.", remedy="Convert the model again.")
    return FROM_PROTO[name]


def _shape(encoded: Json) -> Shape:
    return tuple(int(dim.get("size", "0")) for dim in encoded.get("dim", ()))


_SCALAR: Mapping[str, Callable[[Any], Any]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "string": lambda text: base64.b64decode(text).decode(),
    "type": _dtype,
    "shape": _shape,
    "func": lambda function: function["name"],
}


def _input_shape(node: Json, name: str, dims: Mapping[str, Any]) -> Shape:
    shape = _shape(node["attr"].get("shape", {}).get("shape", {}))
    recorded = dims.get(name, ())
    if len(recorded) == len(shape):
        return tuple(parse(text) for text in recorded)
    return tuple(_named(size, name, axis) for axis, size in enumerate(shape))


def _named(size: Size, name: str, axis: int) -> Size:
    """An unknown first dim is taken as the batch that all inputs share."""
    if size != -1:
        return size
    return symbol("batch") if axis == 0 else symbol(f"{name}_{axis}")


def _value(text: str) -> Value:
    name, _, port = text.partition(":")
    return Value(name, int(port or 0))


def _is_input(node: Json) -> bool:
    return str(node["op"]).startswith("Placeholder")


def _leaves(nodes: Mapping[str, Json]) -> dict[str, Json]:
    read = {_value(text).node for node in nodes.values() for text in node.get("input", ())}
    return {name: {"name": name} for name in nodes if name not in read}


def _not_read(what: str) -> ModelFileError:
    return ModelFileError(
        f"The web model has {what}, which totfjs does not read back yet.",
        remedy="Compare it with its source instead, as in totfjs verify DIR --against SOURCE.",
    )


def _ordered(nodes: Mapping[str, Json]) -> list[str]:
    """The names in an order in which the nodes can run; a Merge comes before what closes its loop."""
    done: dict[str, None] = {}
    started: set[str] = set()
    for start in nodes:
        stack = [(start, False)]
        while stack:
            name, expanded = stack.pop()
            if name in done or (name in started and not expanded):
                continue
            if expanded:
                done[name] = None
                continue
            started.add(name)
            stack.append((name, True))
            sources = [_value(text.lstrip("^")).node for text in nodes[name].get("input", ())]
            back = {source for source in sources if nodes[source]["op"] == "NextIteration"}
            stack.extend((source, False) for source in reversed(sources) if source not in done and source not in back)
    return list(done)
