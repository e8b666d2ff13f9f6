"""Frames of TensorFlow 1 (Switch, Merge, Enter, Exit, NextIteration) as loops and branches with bodies of their own.

A loop is what one frame name holds. A branch is what a Merge needs of the sides of one Switch: each node has guards,
the conditions and sides under which it runs, and a Merge joins inputs whose guards differ in the side of one.
"""

from __future__ import annotations

from dataclasses import replace

from totfjs.sources.tensorflow.flow.frame_branches import FrameBranch
from totfjs.sources.tensorflow.flow.frame_loops import FrameLoop
from totfjs.sources.tensorflow.flow.framed import Framed, numbered
from totfjs.sources.tensorflow.flow.guards import Guarded
from totfjs.sources.tensorflow.program import Body, Node


def functional(body: Body) -> Body:
    """A body without frames; the same one if it has none."""
    framed = Framed(body)
    if not framed.has_frames:
        return body
    guarded, nodes = Guarded(framed), dict(framed.nodes)
    for frame in framed.frames:
        _loop(guarded, frame, body, nodes)
    # From the innermost branch on: what is around it then reads it as one node.
    for group in sorted(guarded.groups, key=lambda each: -len(each.base)):
        branch = FrameBranch(guarded, group, _fresh(nodes, f"{group.merges[0].name}/branch"), nodes)
        nodes[branch.name] = branch.node(body)
        guarded.guards[branch.name] = group.base
        nodes.update((node.name, node) for node in branch.merges())
    results = {name: numbered(body.nodes, ref) for name, ref in body.results.items()}
    return replace(body, nodes=nodes, results=results)


def _loop(guarded: Guarded, frame: str, body: Body, nodes: dict[str, Node]) -> None:
    loop = FrameLoop(guarded.framed, frame)
    if not loop.heads:
        return
    name = _fresh(nodes, f"{frame}/loop")
    nodes[name] = loop.node(name, body, nodes)
    guarded.guards[name] = frozenset().union(*(guarded.guards[node.name] for node in loop.starts))
    nodes.update((node.name, node) for node in loop.exits(name))


def _fresh(nodes: dict[str, Node], name: str) -> str:
    while name in nodes:
        name += "_"
    return name
