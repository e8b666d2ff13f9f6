"""Masks of attention: a row of which everything is masked has to become a uniform distribution on GPUs too.

Frameworks mask with the least float32. The softmax of webgl looks for the largest logit from -1e20 on, that of webgpu
from a number just above the least: where every logit is below, they divide 0 by 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from totfjs.graph.builder import VISIBLE, Tensor
from totfjs.graph.edit import Edit
from totfjs.graph.graph import Graph, Node, Value

# What GPUs do not find, and what stands for it: no logit of a model comes near, and its exponential is 0 all the same.
LEAST, BOUND = np.float32(-1e20), np.float32(-1e19)
_SHAPING = frozenset(("Reshape", "ExpandDims", "Squeeze", "Identity", "Transpose", "BroadcastTo", "Tile"))
_MAKING = _SHAPING | {"AddV2", "Sub", "Mul", "SelectV2", "Cast"}
# How far the making of a mask is followed.
_STEPS = 8


def bound_masks(graph: Graph) -> Graph:
    """The graph in which what is masked is at least -1e19 where it goes into a softmax.

    Requires nothing. Ensures that logits into which finite constants below -1e20 are chosen, added or multiplied are
    bounded: by another constant where they are chosen, else by a Maximum. Masks of -∞ stay, whose rows are NaN.
    """
    edit = Edit(graph)
    for node in graph:
        if node.op != "Softmax":
            continue
        choice = _choice(graph, node.inputs[0])
        if choice is not None:
            chosen = (_bounded(graph, edit, value) for value in choice.inputs[1:])
            edit.rewrite(choice, "SelectV2", edit.tensor(choice.inputs[0]), *chosen)
        elif _has_least(graph, node.inputs[0]):
            edit.rewrite(node, "Softmax", edit.op("Maximum", edit.tensor(node.inputs[0]), BOUND))
    return edit.finish()


def _choice(graph: Graph, value: Value) -> Node | None:
    """The choice between logits and a mask's constant that this value is, where nothing else reads it."""
    node = graph.nodes[value.node]
    while node.op in _SHAPING and graph.uses(value) == 1:
        value = node.inputs[0]
        node = graph.nodes[value.node]
    if node.op != "SelectV2" or graph.uses(value) != 1:
        return None
    masks = [_is_least(graph, each) for each in node.inputs[1:]]
    others = [each for each, mask in zip(node.inputs[1:], masks, strict=True) if not mask]
    return node if any(masks) and not any(_has_least(graph, each) for each in others) else None


def _bounded(graph: Graph, edit: Edit, value: Value) -> Tensor:
    array = graph.array(value)
    if array is None or not _is_least(graph, value):
        return edit.tensor(value)
    numbers = array.numpy()
    bounded = np.where(np.isfinite(numbers), np.maximum(numbers, BOUND), numbers)
    return edit.const(bounded, name=f"{value.node}/bounded")


def _is_least(graph: Graph, value: Value) -> bool:
    """Whether this is a constant with finite numbers below what GPUs find."""
    array = graph.array(value)
    if array is None or array.size > VISIBLE or graph.type(value).dtype != "float32":
        return False
    numbers = array.numpy()
    return bool((np.isfinite(numbers) & (numbers <= LEAST)).any())


def _has_least(graph: Graph, value: Value) -> bool:
    return any(_is_least(graph, each) for each in _sources(graph, value, _STEPS))


def _sources(graph: Graph, value: Value, steps: int) -> Iterator[Value]:
    """What a value is made of by choosing, adding, multiplying and changing shapes."""
    yield value
    node = graph.nodes[value.node]
    if steps and node.op in _MAKING:
        for each in node.inputs:
            yield from _sources(graph, each, steps - 1)
