"""Signatures of a SavedModel (SignatureDef), with inputs and outputs in the order of the user's function.

The file keeps them sorted by name. TensorFlow 2 calls the user's function from a function that it writes around it: the
order of the operands of this call, and of the results that are passed on, is the user's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from totfjs.sources.tensorflow.dtypes import dtype_name
from totfjs.sources.tensorflow.program import Body, Function, Node, Program, Ref
from totfjs.sources.tensorflow.reading.meta_graph import MetaGraph
from totfjs.sources.tensorflow.reading.tensors import shape_of
from totfjs.sources.tensorflow.saved import Port, Signature
from totfjs.wire import Message, WireError

# Signatures for TensorFlow's own use.
INTERNAL = ("__saved_model_init_op", "__saved_model_train_op", "train", "eval")
CALLS = ("StatefulPartitionedCall", "PartitionedCall")
# Fields of SignatureDef, and of TensorInfo.
_INPUTS, _OUTPUTS = 1, 2
_NAME, _DTYPE, _SHAPE, _SPARSE, _COMPOSITE = 1, 2, 3, 4, 5
_SPARSE_PARTS = ("values", "indices", "dense_shape")
_WRAPPER = "__inference_signature_wrapper"
# Such a function has few nodes: the call, and one to pass on each result.
_MOST_COPIES = 1 << 12


def signatures_of(graph: MetaGraph, program: Program) -> dict[str, Signature]:
    """The signatures that a user may choose from."""
    return {
        name: ordered(_signature(name, message), program)
        for name, message in sorted(graph.signatures.items())
        if name not in INTERNAL and not name.startswith("__")
    }


def _signature(name: str, message: Message) -> Signature:
    return Signature(name, dict(_ports(message, _INPUTS)), dict(_ports(message, _OUTPUTS)))


def _ports(message: Message, field: int) -> Iterator[tuple[str, Port]]:
    for entry in message.messages(field):
        name, info = entry.text(1), entry.message(2)
        if info.has(_SPARSE):
            kinds = (dtype_name(info.integer(_DTYPE)), "int64", "int64")
            for number, (part, dtype) in enumerate(zip(_SPARSE_PARTS, kinds, strict=True), 1):
                yield f"{name}.{part}", Port(ref_of(info.message(_SPARSE).text(number)), dtype)
        elif info.has(_COMPOSITE):
            for number, component in enumerate(info.message(_COMPOSITE).messages(2)):
                yield f"{name}.{number}", _port(component)
        else:
            yield name, _port(info)


def _port(info: Message) -> Port:
    shape = shape_of(info.message(_SHAPE)) if info.has(_SHAPE) else None
    return Port(ref_of(info.text(_NAME)), dtype_name(info.integer(_DTYPE)), shape)


def ref_of(text: str) -> Ref:
    """A tensor of the graph by its name, as in `Softmax:0`."""
    name, _, index = text.partition(":")
    if not name or not (index or "0").isdecimal() or len(index) > 9:
        raise WireError(f"a signature names the tensor {text!r}")
    return Ref(name, "", int(index or 0))


def ordered(signature: Signature, program: Program) -> Signature:
    """A signature in the order of the user's function, as far as the graph tells it."""
    refs = {name: port.ref for name, port in signature.outputs.items()}
    places = {port.ref.node: name for name, port in signature.inputs.items()}
    inputs, outputs = dict[str, int](), dict[str, int]()
    body: Body | None = program.main
    while body is not None:
        refs = {name: _passed_on(body, ref) for name, ref in refs.items()}
        call = _common(body, refs.values())
        if call is None:
            break
        outputs = {name: ref.place for name, ref in refs.items()}
        at = {places[ref.node]: index for index, ref in reversed(list(enumerate(call.inputs))) if ref.node in places}
        inputs = at if len(at) == len(signature.inputs) else inputs
        body = _wrapper(call, program)
        if body is not None:
            places = {body.arguments[index].name: name for name, index in at.items()}
            results = list(body.results.values())
            refs = {name: results[ref.place] for name, ref in refs.items()}
    return replace(signature, inputs=_sorted(signature.inputs, inputs), outputs=_sorted(signature.outputs, outputs))


def _passed_on(body: Body, ref: Ref) -> Ref:
    """What is passed on at a place by nodes that only do that."""
    for _ in range(_MOST_COPIES):
        node = body.nodes.get(ref.node)
        if node is None or node.op != "Identity" or not node.inputs:
            break
        ref = node.inputs[0]
    return ref


def _common(body: Body, refs: Iterable[Ref]) -> Node | None:
    """The call that gives all of these."""
    names = {ref.node for ref in refs}
    node = body.nodes.get(next(iter(names))) if len(names) == 1 else None
    return node if node is not None and node.op in CALLS else None


def _wrapper(call: Node, program: Program) -> Body | None:
    """The function that is called, if TensorFlow wrote it around the user's."""
    function = call.attrs.get("f")
    if not isinstance(function, Function) or not function.name.startswith(_WRAPPER):
        return None
    body = program.functions.get(function.name)
    if body is None or len(body.arguments) != len(call.inputs) or len(body.nodes) > _MOST_COPIES:
        return None
    return body


def _sorted(ports: Mapping[str, Port], places: Mapping[str, int]) -> dict[str, Port]:
    """Ports in the order of their places, or by name, in which numbers count as such."""
    known = len(places) == len(ports)
    return {
        name: ports[name] for name in sorted(ports, key=lambda name: (places[name] if known else 0, _natural(name)))
    }


def _natural(name: str) -> tuple[str, int, str]:
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :][:9] or -1), name
