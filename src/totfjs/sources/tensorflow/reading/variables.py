"""Which tensor of the checkpoint is the value of which variable: what the graph's own op for restoring would do.

It reads tensors by their keys (RestoreV2) and assigns them: in functions that are called with the variables, as
TensorFlow 2 writes it, or in the graph itself, as TensorFlow 1 does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from totfjs.checkpoints.tensor_bundle import TensorBundle
from totfjs.sources.tensorflow.program import Body, Function, Node, Program, Ref
from totfjs.weights.array import Array
from totfjs.wire import WireError

# Ops that hold a variable, and of them those whose output is the value itself.
VARIABLES = ("VarHandleOp", "VariableV2", "Variable")
_ASSIGN = ("Assign", "AssignVariableOp")
_IMPORT = ("LookupTableImport", "LookupTableImportV2")
_CALLS = ("StatefulPartitionedCall", "PartitionedCall")
_PASSING = ("Identity", "ReadVariableOp")
_DEEPEST = 16
_MOST_STEPS = 1 << 18


@dataclass(frozen=True, slots=True)
class At:
    """A place in a body that is called: its arguments are places in the one that calls it."""

    body: Body
    arguments: Mapping[str, tuple[At, Ref]]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """A tensor of the checkpoint, or the slice of it that `part` says, as in `10 4 0,5:-`."""

    key: str
    part: str


def restored(program: Program, op: str) -> dict[str, Restored]:
    """What the op that restores gives to each variable of the graph, by the variable's node."""
    name = op.removeprefix("^").partition(":")[0]
    found: dict[str, Restored] = {}
    if name not in program.main.nodes:
        return found
    for at, node in _assignments(program, At(program.main, {}), [name]):
        variable, value = (_origin(at, ref) for ref in node.inputs[:2])
        tensor = _tensor(*value)
        if tensor is not None and variable[0].depth == 0:
            found[variable[1].node] = tensor
    return found


def named(program: Program, keys: Container[str]) -> dict[str, Restored]:
    """The tensors of the names of variables: the first modules of TensorFlow Hub have no op that restores."""
    nodes = program.main.nodes.values()
    return {node.name: Restored(node.name, "") for node in nodes if node.op in VARIABLES and node.name in keys}


def copied(program: Program, tensors: Mapping[str, Restored]) -> dict[str, Restored]:
    """The variables whose copies were saved instead of them, as Keras 3 does it: the graph assigns one to the other."""
    nodes, found = program.main.nodes, dict[str, Restored]()
    for name, tensor in tensors.items():
        assign = nodes.get(f"{name}/Assign")
        if assign is None or assign.op != "AssignVariableOp" or assign.inputs[0].node != name:
            continue
        read = nodes.get(assign.inputs[1].node)
        if read is not None and read.op == "ReadVariableOp" and read.inputs[0].node not in tensors:
            found[read.inputs[0].node] = tensor
    return found


def restored_tables(program: Program, op: str) -> dict[str, tuple[Restored, Restored]]:
    """What the op that restores puts into tables: their keys and values, by the table's node."""
    name = op.removeprefix("^").partition(":")[0]
    found: dict[str, tuple[Restored, Restored]] = {}
    if name not in program.main.nodes:
        return found
    for at, node in _assignments(program, At(program.main, {}), [name], _IMPORT, 3):
        table, *content = (_origin(at, ref) for ref in node.inputs[:3])
        keys, values = (_tensor(*each) for each in content)
        if keys is not None and values is not None and table[0].depth == 0:
            found[table[1].node] = (keys, values)
    return found


def assigned(program: Program, ops: tuple[str, ...]) -> dict[str, Ref]:
    """What ops that initialise assign to variables of the graph, where both are in the graph itself."""
    found: dict[str, Ref] = {}
    names = [op for op in ops if op in program.main.nodes]
    for at, node in _assignments(program, At(program.main, {}), names):
        variable, value = (_origin(at, ref) for ref in node.inputs[:2])
        if variable[0].depth == 0 and value[0].depth == 0:
            found[variable[1].node] = value[1]
    return found


def _assignments(
    program: Program, at: At, names: list[str], ops: tuple[str, ...] = _ASSIGN, least: int = 2
) -> Iterator[tuple[At, Node]]:
    """The nodes that assign, among all that run when those of these names do."""
    seen, steps = set(names), 0
    stack = [(at, name) for name in names]
    while stack:
        place, name = stack.pop()
        node = place.body.nodes.get(name)
        steps += 1
        if node is None or steps > _MOST_STEPS:
            continue
        if node.op in ops and len(node.inputs) >= least:
            yield place, node
        function = node.attrs.get("f") if node.op in _CALLS else None
        if isinstance(function, Function) and function.name in program.functions and place.depth < _DEEPEST:
            inner = _called(place, node, program.functions[function.name])
            stack += [(inner, each) for each in inner.body.nodes]
        for needed in (*node.controls, *(ref.node for ref in node.inputs)):
            if place.depth == 0 and needed not in seen:  # all nodes of functions are taken anyway
                seen.add(needed)
                stack.append((place, needed))


def _called(at: At, node: Node, body: Body) -> At:
    given = zip(body.arguments, node.inputs, strict=False)
    return At(body, {argument.name: (at, ref) for argument, ref in given}, at.depth + 1)


def _origin(at: At, ref: Ref) -> tuple[At, Ref]:
    """Where a value comes from, through arguments and nodes that pass it on."""
    for _ in range(_MOST_STEPS):
        node = at.body.nodes.get(ref.node)
        if node is not None and node.op in _PASSING and node.inputs:
            ref = node.inputs[0]
        elif node is None and ref.node in at.arguments:
            at, ref = at.arguments[ref.node]
        else:
            return at, ref
    raise WireError(f"{ref.node} needs its own output")


def _tensor(at: At, ref: Ref) -> Restored | None:
    node = at.body.nodes.get(ref.node)
    if node is None or node.op != "RestoreV2" or len(node.inputs) < 3:
        return None
    keys, parts = (_texts(*_origin(at, each)) for each in node.inputs[1:3])
    if ref.place >= len(keys) or len(parts) != len(keys):
        raise WireError(f"{node.name} restores {len(keys)} tensors, and number {ref.place} is assigned")
    key, part = (bytes(texts[ref.place]).decode("utf-8", "replace") for texts in (keys, parts))
    return Restored(key, part)


def _texts(at: At, ref: Ref) -> np.ndarray:
    node = at.body.nodes.get(ref.node)
    value = node.attrs.get("value") if node is not None and node.op == "Const" else None
    if not isinstance(value, Array) or value.dtype.kind != "O":
        raise WireError(f"{ref.node}, by which variables are restored, is no constant text")
    return value.numpy().reshape(-1)


def value_of(bundle: TensorBundle, tensor: Restored) -> Array:
    """A tensor of the checkpoint, or the part that is asked for."""
    if tensor.key not in bundle:
        raise WireError(f"the checkpoint has no tensor {tensor.key!r}")
    whole = bundle[tensor.key]
    if not tensor.part:
        return whole
    *sizes, extents = tensor.part.split(" ")
    bounds = [_bounds(each, size) for each, size in zip(extents.split(":"), whole.shape, strict=False)]
    if [int(size) for size in sizes if size.isdecimal()] != list(whole.shape) or len(bounds) != whole.ndim:
        raise WireError(f"the slice {tensor.part!r} is none of {tensor.key!r}")
    return bundle.part(tensor.key, tuple(bounds))


def _bounds(text: str, size: int) -> tuple[int, int]:
    if text == "-":
        return 0, size
    start, _, length = text.partition(",")
    if not (start.isdecimal() and length.isdecimal()) or len(text) > 40 or int(start) + int(length) > size:
        raise WireError(f"a variable is the slice {text[:40]!r} of {size} rows")
    return int(start), int(length)


def text_array(text: str) -> np.ndarray:
    """A string as TensorFlow's graphs hold it."""
    found = np.empty((), object)
    found[()] = text.encode()
    return found
