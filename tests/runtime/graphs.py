"""Tiny graph models, written out by hand so that the runtime is tested on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DT = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL", "complex64": "DT_COMPLEX64", "string": "DT_STRING"}


def node(name: str, op: str, *inputs: str, **attr: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attr}


def shape(dims: Sequence[int]) -> dict[str, Any]:
    return {"dim": [{"size": str(dim)} for dim in dims]}


def placeholder(name: str, dtype: str = "float32", dims: Sequence[int] = (-1,)) -> dict[str, Any]:
    return node(name, "Placeholder", dtype={"type": DT[dtype]}, shape={"shape": shape(dims)})


def const(name: str, dtype: str = "float32") -> dict[str, Any]:
    return node(name, "Const", dtype={"type": DT[dtype]})


def port(name: str, dtype: str = "float32", dims: Sequence[int] = (-1,)) -> dict[str, Any]:
    return {"name": f"{name}:0", "dtype": DT[dtype], "tensorShape": shape(dims)}


def model(
    nodes: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    weights: Sequence[Mapping[str, Any]] = (),
    functions: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "format": "graph-model",
        "signature": {"inputs": dict(inputs), "outputs": dict(outputs)},
        "modelTopology": {
            "node": list(nodes),
            "library": {"function": list(functions)},
            "versions": {"producer": 1, "minConsumer": 1},
        },
        "weightsManifest": [{"paths": ["weights.bin"] if weights else [], "weights": list(weights)}],
    }


def identity(dtype: str = "float32", dims: Sequence[int] = (-1,)) -> dict[str, Any]:
    """y = x"""
    nodes = [placeholder("x", dtype, dims), node("y", "Identity", "x", T={"type": DT[dtype]})]
    return model(nodes, {"x": port("x", dtype, dims)}, {"y": port("y", dtype, dims)})


def binary(op: str, dtype: str = "float32", dims: Sequence[int] = (-1,)) -> dict[str, Any]:
    """z = op(x, y)"""
    nodes = [placeholder(name, dtype, dims) for name in "xy"]
    nodes.append(node("z", op, "x", "y", T={"type": DT[dtype]}))
    return model(nodes, {name: port(name, dtype, dims) for name in "xy"}, {"z": port("z", dtype, dims)})


WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def dense() -> dict[str, Any]:
    """out = x @ w + b, with both weights in one shard"""
    flags = {"transpose_a": {"b": False}, "transpose_b": {"b": False}}
    nodes = [
        placeholder("x", dims=(-1, 2)),
        const("w"),
        const("b"),
        node("xw", "MatMul", "x", "w", T={"type": "DT_FLOAT"}, **flags),
        node("y", "AddV2", "xw", "b", T={"type": "DT_FLOAT"}),
    ]
    weights = [
        {"name": "w", "shape": [2, 3], "dtype": "float32"},
        {"name": "b", "shape": [3], "dtype": "float32"},
    ]
    return model(nodes, {"x": port("x", dims=(-1, 2))}, {"out": port("y", dims=(-1, 3))}, weights)


def function(name: str, *inputs: str, body: Sequence[Mapping[str, Any]], result: str, of: str) -> dict[str, Any]:
    return {
        "signature": {
            "name": name,
            "inputArg": [{"name": argument, "type": "DT_FLOAT"} for argument in inputs],
            "outputArg": [{"name": "result", "type": of}],
        },
        "nodeDef": list(body),
        "ret": {"result": result},
        "attr": {},
    }


def _unary_function(name: str, op: str) -> dict[str, Any]:
    body = [node("r", op, "a", T={"type": "DT_FLOAT"})]
    return function(name, "a", body=body, result="r:y:0", of="DT_FLOAT")


def conditional() -> dict[str, Any]:
    """y = -x if yes else |x|"""
    types = {"Tin": {"list": {"type": ["DT_FLOAT"]}}, "Tout": {"list": {"type": ["DT_FLOAT"]}}}
    branches = {"then_branch": {"func": {"name": "negate"}}, "else_branch": {"func": {"name": "absolute"}}}
    nodes = [
        placeholder("yes", "bool", ()),
        placeholder("x"),
        node("if", "StatelessIf", "yes", "x", Tcond={"type": "DT_BOOL"}, **types, **branches),
        node("y", "Identity", "if", T={"type": "DT_FLOAT"}),
    ]
    inputs = {"yes": port("yes", "bool", ()), "x": port("x")}
    functions = [_unary_function("negate", "Neg"), _unary_function("absolute", "Abs")]
    return model(nodes, inputs, {"y": port("y")}, functions=functions)


def endless() -> dict[str, Any]:
    """A loop that goes on as long as x is NaN, and leaves it as it is."""
    always = [node("c", "IsNan", "a", T={"type": "DT_FLOAT"})]
    types = {"T": {"list": {"type": ["DT_FLOAT"]}}}
    branches = {"cond": {"func": {"name": "always"}}, "body": {"func": {"name": "same"}}}
    nodes = [
        placeholder("x", dims=()),
        node("while", "StatelessWhile", "x", **types, **branches),
        node("y", "Identity", "while", T={"type": "DT_FLOAT"}),
    ]
    functions = [
        function("always", "a", body=always, result="c:y:0", of="DT_BOOL"),
        _unary_function("same", "Identity"),
    ]
    return model(nodes, {"x": port("x", dims=())}, {"y": port("y", dims=())}, functions=functions)


def filled() -> dict[str, Any]:
    """y = a tensor of `dims` values"""
    nodes = [
        placeholder("dims", "int32", (2,)),
        placeholder("value", dims=()),
        node("y", "Fill", "dims", "value", T={"type": "DT_FLOAT"}, index_type={"type": "DT_INT32"}),
    ]
    inputs = {"dims": port("dims", "int32", (2,)), "value": port("value", dims=())}
    return model(nodes, inputs, {"y": port("y", dims=(-1, -1))})


def layers() -> dict[str, Any]:
    """A Sequential of one dense layer."""
    config = {"name": "dense", "units": 3, "activation": "linear", "use_bias": True, "batch_input_shape": [None, 2]}
    sequential = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": config}]}
    weights = [
        {"name": "dense/kernel", "shape": [2, 3], "dtype": "float32"},
        {"name": "dense/bias", "shape": [3], "dtype": "float32"},
    ]
    return {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.0", "model_config": sequential},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": weights}],
    }


def dense_weights() -> bytes:
    return WEIGHTS.tobytes() + np.array([10, 20, 30], np.float32).tobytes()
