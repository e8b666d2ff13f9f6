"""Programs written by hand: references are `name` or `name:place`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Builder
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.program import Argument, Body, Node, Program, Ref
from totfjs.sources.tensorflow.saved import Port, Saved, Signature
from totfjs.sources.tensorflow.source import TensorFlowModel
from totfjs.weights.array import Dense


def ref(text: str) -> Ref:
    name, _, place = text.partition(":")
    return Ref(name, "", int(place or 0))


def node(name: str, op: str, *inputs: str, **attrs: Any) -> Node:
    return Node(name, op, tuple(map(ref, inputs)), (), attrs)


def const(name: str, value: Any, dtype: str = "int32") -> Node:
    return Node(name, "Const", (), (), {"value": Dense(np.asarray(value, dtype)), "dtype": dtype})


def body(name: str, arguments: str, results: str, *nodes: Node) -> Body:
    """A body of int32 arguments; `arguments` and `results` are words."""
    found = {str(at): ref(result) for at, result in enumerate(results.split())}
    return Body(name, {n.name: n for n in nodes}, tuple(Argument(n, "int32") for n in arguments.split()), found)


def model(
    *nodes: Node, outputs: str, inputs: Mapping[str, Any] | None = None, functions: Sequence[Body] = ()
) -> TensorFlowModel:
    """A model whose inputs are Placeholders of the given dtypes and shapes."""
    inputs = inputs or {}
    holders = [node(name, "Placeholder", dtype=dtype) for name, (dtype, _) in inputs.items()]
    main = Body("", {n.name: n for n in (*holders, *nodes)})
    fed = {name: Port(Ref(name), dtype, shape) for name, (dtype, shape) in inputs.items()}
    given = {name.partition(":")[0]: Port(ref(name), "") for name in outputs.split()}
    program = Program(main, {each.name: each for each in functions})
    return TensorFlowModel(Saved(program, {}), Signature("made", fed, given))


def lowering() -> Lowering:
    """The lowering of an empty program."""
    return Lowering(Program(Body("", {})), Builder())
