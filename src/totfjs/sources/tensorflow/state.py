"""Which variables and tables a signature writes to. A web model keeps no state: what depends on one is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from totfjs.sources.tensorflow.order import reached
from totfjs.sources.tensorflow.program import Body, Function, Node, Program, Ref

_ASSIGNS = re.compile(
    r"Assign(Add|Sub)?(VariableOp)?|Resource(Scatter|Apply|SparseApply)\w+|Resource\w*StridedSliceAssign|"
    r"Scatter(Nd)?(Update|Add|Sub|Mul|Div|Min|Max)|(Sparse)?Apply\w+|StridedSliceAssign|(Resource)?CountUpTo|"
    r"LookupTable(Insert|Remove|Import)(V2)?"
)
_VARIABLES = re.compile(r"VarHandleOp|Variable(V2)?|(Mutable|Anonymous)*(Dense)?HashTable(OfTensors)?(V2)?")
# Ops whose first operand is none of the function that they run.
_CHOOSING = ("If", "StatelessIf", "Case", "StatelessCase")
_MOST_CALLS = 1 << 14

Known = Mapping[str, str]
"""The variables of the main graph that arguments of a function stand for."""


def assigned_by(program: Program, outputs: Sequence[Ref]) -> list[str]:
    """The variables of the main graph that are assigned when these outputs are computed, by their nodes."""
    found: dict[str, None] = {}
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    stack: list[tuple[Body, Known, list[Node]]] = [
        (program.main, {}, list(reached(program.main, [ref.node for ref in outputs])))
    ]
    while stack and len(seen) < _MOST_CALLS:
        body, known, nodes = stack.pop()
        for node in nodes:
            if _ASSIGNS.fullmatch(node.op) and node.inputs:
                variable = _variable(body, known, node.inputs[0])
                found.update({variable: None} if variable else {})
            for inner, given in _called(program, body, known, node):
                key = (inner.name, frozenset(given.items()))
                if key not in seen:
                    seen.add(key)
                    stack.append((inner, given, list(inner.nodes.values())))
    return list(found)


def _called(program: Program, body: Body, known: Known, node: Node) -> Iterator[tuple[Body, Known]]:
    """The functions that a node may run, with the variables that they are given."""
    names = [node.op] if node.op in program.functions else []
    for value in node.attrs.values() if node.op in _RUNNING else ():
        each = value if isinstance(value, tuple) and not isinstance(value, Function) else (value,)
        names += [item.name for item in each if isinstance(item, Function)]
    operands = node.inputs[1:] if node.op in _CHOOSING else node.inputs
    for name in names:
        if (inner := program.functions.get(name)) is not None:
            pairs = zip(inner.arguments, operands, strict=False)
            handles = [(argument.name, ref) for argument, ref in pairs if argument.dtype == "resource"]
            given = {name: _variable(body, known, ref) for name, ref in handles}
            yield inner, {argument: variable for argument, variable in given.items() if variable}


_RUNNING = ("PartitionedCall", "StatefulPartitionedCall", "While", "StatelessWhile", "RemoteCall", *_CHOOSING)


def _variable(body: Body, known: Known, ref: Ref) -> str:
    """The variable of the main graph behind a handle; empty for what is none."""
    for _ in range(len(body.nodes) + 1):
        node = body.nodes.get(ref.node)
        if node is None:
            return known.get(ref.node, "")
        if node.op != "Identity" or not node.inputs:
            return node.name if _VARIABLES.fullmatch(node.op) and not body.name else ""
        ref = node.inputs[0]
    return ""
