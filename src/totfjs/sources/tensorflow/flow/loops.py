"""While loops: unrolled where the number of turns is known and few nodes come of it, else loops of frames.

| loop | becomes | because |
|---|---|---|
| condition known at each turn, few nodes | its turns, one after another | the model stays synchronous |
| any other | a loop of frames, its state tensors | frames run on all backends, functions do not |

Lists that every turn puts one element into are lists of the runtime meanwhile; all others are one tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from totfjs.graph.graph import Node as GraphNode
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.flow.loop import Loop
from totfjs.sources.tensorflow.flow.loop_frames import looped
from totfjs.sources.tensorflow.flow.turns import Turns
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.program import Body, Function, Node
from totfjs.sources.tensorflow.values import Operand

# What a loop may grow to when it is unrolled.
MOST_NODES = 5_000
MOST_TURNS = 5_000


def while_(lowering: Lowering, condition: Body, body: Body, start: Sequence[Operand]) -> Sequence[Operand]:
    """The state after the last turn."""
    turns = Turns(lowering.functional(condition), lowering.functional(body), lambda node: bodies_of(lowering, node))
    if len(start) != len(turns.body.results) or len(start) != len(turns.body.arguments):
        raise OpError(f"the loop has {len(start)} values, and its body gives {len(turns.body.results)}")
    loop = Loop(lowering, turns, list(start))
    results = _unrolled(loop)
    return looped(loop) if results is None else results


def bodies_of(lowering: Lowering, node: Node) -> tuple[Body, Body]:
    """The condition and the body of a loop."""
    condition, body = (body_of(lowering, node.attrs[name]) for name in ("cond", "body"))
    return lowering.functional(condition), lowering.functional(body)


def body_of(lowering: Lowering, attr: Body | Function) -> Body:
    """The body that an attribute names, or is."""
    return attr if isinstance(attr, Body) else lowering.function(attr.name)


def _unrolled(loop: Loop) -> list[Operand] | None:
    """The turns one after another, if the condition is known at each; None when it is not, or they are too many."""
    lowering, state = loop.lowering, loop.start
    builder, problems, undo = lowering.builder, len(lowering.problems), lowering.checkpoint()
    expected, before = loop.count if isinstance(loop.count, int) else None, len(builder.nodes)
    if expected is not None and expected > MOST_TURNS:
        return None
    for turn in range(MOST_TURNS):
        going = loop.going(state)
        if not isinstance(going, np.ndarray):
            break
        if not bool(going) or len(lowering.problems) > problems:
            return state
        state = loop.turn(state)
        nodes = _nodes_since(builder.nodes, before)
        if nodes > MOST_NODES or (turn == 1 and expected is not None and nodes / 2 * expected > MOST_NODES):
            break
    undo()
    return None


def _nodes_since(nodes: Mapping[str, GraphNode], before: int) -> int:
    return sum(node.op != "Const" for node in islice(nodes.values(), before, None))
