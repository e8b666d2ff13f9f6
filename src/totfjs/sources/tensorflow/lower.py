"""The graph of a signature: what is fed, what the file has a value for, what is given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from totfjs.errors import UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.edit import prune
from totfjs.graph.graph import Graph, Origin
from totfjs.graph.ops import Backend, OpError
from totfjs.graph.types import TensorType
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.tensorflow.dtypes import COMPLEX
from totfjs.sources.tensorflow.filling import Tables, fill_tables
from totfjs.sources.tensorflow.lowering import Lowering, Values
from totfjs.sources.tensorflow.saved import Port, Saved, Signature
from totfjs.sources.tensorflow.state import assigned_by
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Operand, Variable


def lower(
    saved: Saved,
    signature: Signature,
    inputs: Mapping[str, TensorType],
    backends: Sequence[Backend],
    keep_debug: bool = False,
) -> tuple[Graph, Lowering]:
    """The graph of a signature; raises UnsupportedError that lists everything which cannot be lowered."""
    builder = Builder(tuple(backends))
    lowering = Lowering(saved.program, builder, tables=Tables(saved.assets), keep_debug=keep_debug)
    assigned = assigned_by(saved.program, [port.ref for port in signature.outputs.values()])
    given: Values = {
        name: (_resource(lowering, name, resource, name in assigned),) for name, resource in saved.resources.items()
    }
    for name, port in signature.inputs.items():
        given[port.ref.node] = (_fed(builder, name, port, inputs),)
    fill_tables(lowering, saved, given, assigned)
    main = replace(saved.program.main, results={name: port.ref for name, port in signature.outputs.items()})
    try:
        found = lowering.results(main, given)
    except OpError as error:
        lowering.problems.add(str(error), Origin())
        found = []
    lowering.problems.raise_all()
    if assigned:
        lowering.note(f"Not kept, as a web model has no state: what is assigned to {', '.join(assigned)}.")
    outputs: dict[str, Tensor] = {}
    for name, operand in zip(signature.outputs, found, strict=True):
        outputs.update(_given_out(lowering, name, operand))
    return prune(builder.build(outputs)), lowering


def _resource(lowering: Lowering, name: str, resource: Operand, assigned: bool) -> Operand:
    """What a node gives that the file has a value for; the variables of TensorFlow 1 give their values themselves."""
    if isinstance(resource, Variable) and assigned:
        return replace(resource, assigned=True)
    if isinstance(resource, Variable) and lowering.program.main.nodes[name].op in ("Variable", "VariableV2"):
        return lowering.variable(resource)
    return resource


def _fed(builder: Builder, name: str, port: Port, inputs: Mapping[str, TensorType]) -> Operand:
    """An input; a complex one is fed in two parts."""
    if port.dtype in COMPLEX:
        return Complex(*(builder.input(part, inputs[part].dtype, inputs[part].shape) for part in parts_of(name)))
    return builder.input(name, inputs[name].dtype, inputs[name].shape)


def _given_out(lowering: Lowering, name: str, operand: Operand) -> dict[str, Tensor]:
    """A result as the outputs of the web model; a complex one is given in two parts."""
    try:
        found = lowering.tensor(operand)
    except OpError as error:
        raise UnsupportedError(
            f"The output {name} cannot be given by a web model: {error}.",
            remedy="Leave it out with --outputs, or save the model with a signature that gives tensors.",
        ) from error
    if isinstance(found, Tensor):
        return {name: found}
    parts = zip(parts_of(name), found, strict=True)
    return {part: broadcast_to(tensor, shape_of(found)) for part, tensor in parts}


def parts_of(name: str) -> tuple[str, str]:
    """The names of the two parts of a complex input or output."""
    return f"{name}.real", f"{name}.imag"
