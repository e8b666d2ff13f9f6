"""Recognises a softmax that was spelled out, which the runtime has as one kernel."""

from __future__ import annotations

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Node, Value

# Ops that change the shape of a reduced value, and nothing else.
_SHAPING = ("Reshape", "ExpandDims", "Squeeze", "Identity")


def as_softmax(numerator: Tensor, denominator: Tensor) -> Tensor | None:
    """The softmax over the last axis that `exp(x - max(x)) / sum(exp(x - max(x)))` is, or None when it is not that."""
    builder = numerator.builder
    exponential = builder.nodes[numerator.value.node]
    if exponential.op != "Exp" or not _reduces(builder, denominator.value, "Sum", numerator):
        return None
    difference = builder.nodes[exponential.inputs[0].node]
    if difference.op != "Sub":
        return None
    logits = builder.tensor(difference.inputs[0])
    if logits.type != numerator.type or not _reduces(builder, difference.inputs[1], "Max", logits):
        return None
    if builder.refusal("Softmax", logits) is not None:
        return None
    return builder.op("Softmax", logits)


def _reduces(builder: Builder, value: Value, op: str, of: Tensor) -> bool:
    """Whether `value` is the reduction of a tensor over its last axis, which it keeps."""
    kept = builder.tensor(value).shape
    if kept != (*of.shape[:-1], 1):
        return False
    node = _before_shaping(builder, value)
    if node.op != op or node.inputs[0] != of.value:
        return False
    axes = builder.operand(builder.tensor(node.inputs[1])).value
    return axes is not None and axes.reshape(-1).tolist() == [of.rank - 1]


def _before_shaping(builder: Builder, value: Value) -> Node:
    node = builder.nodes[value.node]
    while node.op in _SHAPING:
        node = builder.nodes[node.inputs[0].node]
    return node
