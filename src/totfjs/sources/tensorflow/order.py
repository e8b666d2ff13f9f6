"""The order in which nodes are run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.program import Body, Node


def in_order(body: Body, wanted: Sequence[str], given: Mapping[str, object]) -> Iterator[Node]:
    """The nodes that the wanted ones need, each after those that it reads; what is given is not looked behind."""
    done, open_ = set(given), set[str]()
    stack = [(name, False) for name in reversed(list(dict.fromkeys(wanted)))]
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        node = body.nodes.get(name)
        if node is None:
            raise OpError(f"{body.name or 'the graph'} reads {name}, which is not there")
        if ready:
            done.add(name)
            open_.discard(name)
            yield node
            continue
        if name in open_:
            raise OpError(f"{name} needs its own output")
        open_.add(name)
        stack.append((name, True))
        stack += [(ref.node, False) for ref in reversed(node.inputs) if ref.node not in done]


def reached(body: Body, names: Iterable[str], *, controls: bool = True) -> Iterator[Node]:
    """The nodes of these names, and all that run before them: what they read, and what only orders them."""
    seen, stack = set[str](), list(names)
    while stack:
        name = stack.pop()
        node = body.nodes.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        yield node
        stack += [*(node.controls if controls else ()), *(ref.node for ref in node.inputs)]
