"""What reading a file gives: a program, its signatures, and the resources that its graph names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from totfjs.sources.tensorflow.program import Program, Ref
from totfjs.sources.tensorflow.values import Operand
from totfjs.weights.array import Array


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
    """A model as it was saved. `resources` are values of nodes of the graph that the file gives.

    These are variables, and the names of assets (of the nodes that stand for them, and of string variables that keep
    them), all by the node of the main graph. `batched` says that the first dims of all inputs are one batch size.

    Tables are filled by what runs once before the model: `initializers` are nodes of the main graph, mostly a NoOp
    whose control inputs lead to InitializeTableV2, LookupTableImportV2 or InitializeTableFromTextFileV2, in the main
    graph (TensorFlow 1) or in a function that is called there with the table's handle (TensorFlow 2). The name of the
    text file that the last one reads is a value of the graph, and a key of `assets`, which has the file's content.
    `tables` are the keys and values of those tables whose content is in the checkpoint, by the node of the table.
    """

    program: Program
    signatures: Mapping[str, Signature]
    resources: Mapping[str, Operand] = field(default_factory=dict)
    batched: bool = False
    path: Path = Path()
    tags: tuple[str, ...] = ("serve",)
    initializers: tuple[str, ...] = ()
    assets: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
