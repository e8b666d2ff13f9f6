"""Nodes that have to run once in every turn of a loop, although they read nothing of the turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Node as GraphNode
from totfjs.graph.graph import Value
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType
from totfjs.recipes.frames import reached, together
from totfjs.sources.tensorflow.lowering import Lowering

_HANDLES = (DType.RESOURCE, DType.VARIANT)


def tie(lowering: Lowering, seeds: Sequence[Tensor], before: int) -> None:
    """Lets nodes that draw numbers, or end some time later, run in the turn even if they read nothing of it."""
    builder = lowering.builder
    known = reached(builder, (seed.value.node for seed in seeds), before)
    anchor = next(seed for seed in seeds if seed.dtype is not DType.VARIANT)
    for node in list(islice(builder.nodes.values(), before, None)):
        if node.name in known or node.op == "Const" or not node.inputs:
            continue
        if any(value.node in known for value in node.inputs):
            known.add(node.name)
        elif spec(node.op).asynchronous or not spec(node.op).pure:
            builder.add(replace(node, inputs=_tied(builder, node, anchor)))
            known.add(node.name)


def _tied(builder: Builder, node: GraphNode, anchor: Tensor) -> tuple[Value, ...]:
    """The inputs of a node, one of them in the turn of a tensor."""
    place = next((at for at, value in enumerate(node.inputs) if builder.tensor(value).dtype not in _HANDLES), None)
    if place is None:
        raise OpError(f"a loop cannot hold {node.op}, which reads nothing of the turn")
    (tied,) = together([builder.tensor(node.inputs[place])], anchor)
    return (*node.inputs[:place], tied.value, *node.inputs[place + 1 :])
