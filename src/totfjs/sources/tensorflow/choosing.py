"""Which signature of a file, and which outputs of it, the user asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from totfjs.errors import SourceError, UsageError
from totfjs.sources.tensorflow.inner import alike, found_inside, given_out
from totfjs.sources.tensorflow.order import in_order
from totfjs.sources.tensorflow.program import Program, Ref
from totfjs.sources.tensorflow.reading.problems import reading
from totfjs.sources.tensorflow.saved import Port, Saved, Signature

DEFAULT = "serving_default"


def chosen(saved: Saved, name: str | None, outputs: Sequence[str] | None) -> tuple[Saved, Signature]:
    """The signature of this name, or else the one that is meant, with the outputs that are asked for.

    Asked for nodes that lie in functions, the model gives them out of these.
    """
    signature = _signature(saved, name)
    if outputs is not None:
        saved, signature = _with_outputs(saved, signature, outputs)
    return saved, signature if saved.path.is_dir() else _needed(saved, signature)


def _needed(saved: Saved, signature: Signature) -> Signature:
    """A graph takes the placeholders that its outputs need."""
    wanted = [port.ref.node for port in signature.outputs.values()]
    with reading(saved.path):
        read = {node.name for node in in_order(saved.program.main, wanted, {})}
    inputs = {name: port for name, port in signature.inputs.items() if port.ref.node in read}
    return replace(signature, inputs=inputs)


def _signature(saved: Saved, name: str | None) -> Signature:
    found = saved.signatures
    if name is not None and name not in found:
        raise UsageError(
            f"{saved.path} has no signature {name!r}.",
            remedy=f"Choose one of {', '.join(found)}." if found else "Leave --signature out: it has none at all.",
        )
    if name is not None:
        return found[name]
    if DEFAULT in found or len(found) == 1:
        return found.get(DEFAULT) or next(iter(found.values()))
    if found:
        raise UsageError(
            f"{saved.path} has several signatures, and none is called {DEFAULT}: {', '.join(found)}.",
            remedy="Choose one with --signature.",
        )
    # Those that begin so are what TensorFlow itself saves and restores with.
    own = [name for name in saved.program.functions if not name.startswith("__inference__traced_")]
    functions = ", ".join(own[:8])
    raise SourceError(
        f"{saved.path} has no signature, so that nobody knows what goes in and what comes out"
        + (f"; its functions are {functions}." if functions else "."),
        remedy="Save it with tf.saved_model.save(model, path, signatures=model.call.get_concrete_function(...)).",
    )


def _with_outputs(saved: Saved, signature: Signature, outputs: Sequence[str]) -> tuple[Saved, Signature]:
    """A signature with some of its outputs, or with nodes of the graph, in the order that is asked for."""
    program, found = saved.program, dict[str, Port]()
    wanted = [port.ref.node for port in signature.outputs.values()]
    for name in outputs:
        port = signature.outputs.get(name)
        if port is None:
            program, ref = _node(saved, program, signature, wanted, name)
            port = Port(ref, "")
        found[name] = port
    if not found:
        raise UsageError("No output is asked for.", remedy="Name one with --outputs, or leave it out.")
    return replace(saved, program=program), replace(signature, outputs=found)


def _node(
    saved: Saved, program: Program, signature: Signature, wanted: Sequence[str], name: str
) -> tuple[Program, Ref]:
    """An output of a node by its name, as in `hidden` or `split:1`, of the graph or of a function that it calls."""
    node, _, index = name.partition(":")
    place = int(index or 0) if (index or "0").isdecimal() and len(index) < 10 else None
    if place is not None and node in program.main.nodes:
        return program, Ref(node, "", place)
    with reading(saved.path):
        inside = found_inside(program, wanted, node)
        if place is not None and inside is not None:
            return given_out(program, inside, place)
        meant = alike(program, wanted, node) or ["its nodes"]
    raise UsageError(
        f"{saved.path} has no output and no node {name!r}.",
        remedy=f"Choose from {', '.join(dict.fromkeys([*signature.outputs, *meant]))}, or name another node.",
    )
