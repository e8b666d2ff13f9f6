"""What reading a file gives: a program, its signatures, and the resources that its graph names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from totfjs.sources.tensorflow.program import Program, Ref
from totfjs.sources.tensorflow.values import Operand


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a signature: where it is in the graph, and its type as far as the file says it."""

    ref: Ref
    dtype: str
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True)
class Signature:
    """What a model may be asked: inputs and outputs by the user's names, in the order of the call."""

    name: str
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]


@dataclass(frozen=True)
class Saved:
    """A model as it was saved. `resources` are values of nodes of the graph that the file gives (variables, tables).

    `batched` says that the first dims of all inputs are one batch size, as Keras has it.
    """

    program: Program
    signatures: Mapping[str, Signature]
    resources: Mapping[str, Operand] = field(default_factory=dict)
    batched: bool = False
    notes: tuple[str, ...] = ()
