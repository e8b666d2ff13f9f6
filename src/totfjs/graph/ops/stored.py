"""Which tensors a function puts into lists, and whether the runtime keeps them.

At the end of a function the runtime frees every tensor that is neither an argument nor a result nor a weight, elements
of lists included: reading the list later fails. What a function computes and stores has to be a result of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from totfjs.graph.graph import Graph, Node, Value

# The ops that keep a tensor, and which of their operands that is.
STORES = {"TensorListSetItem": 2, "TensorListPushBack": 1, "TensorArrayWriteV3": 2}
_RESULTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("If", "StatelessIf"), ("then_branch", "else_branch")),
    **dict.fromkeys(("While", "StatelessWhile"), ("body",)),
}


def freed(function: Graph, functions: Mapping[str, Graph]) -> bool:
    """Whether the function stores a tensor that is gone when it ends."""
    return any(not _survives(function, value) for value in _stored(function, functions))


def _survives(function: Graph, value: Value) -> bool:
    node = function.nodes[value.node]
    if node.array is not None or value in function.inputs.values():
        return True
    # An output that shares its node with others is given through an Identity, which keeps a copy instead.
    return len(node.types) == 1 and list(function.outputs.values()).count(value) == 1


def _stored(function: Graph, functions: Mapping[str, Graph]) -> Iterator[Value]:
    for node in function:
        if node.op in STORES:
            yield node.inputs[STORES[node.op]]
        yield from _stored_inside(node, functions)


def _stored_inside(node: Node, functions: Mapping[str, Graph]) -> Iterator[Value]:
    """The results of a branch or loop that it stored as well."""
    for attr in _RESULTS.get(node.op, ()):
        inner = functions.get(node.attrs[attr])
        stored = set(_stored(inner, functions)) if inner else set()
        for port, value in enumerate(inner.outputs.values() if inner else ()):
            if value in stored:
                yield Value(node.name, port)
