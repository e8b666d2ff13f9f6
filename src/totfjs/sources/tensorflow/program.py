"""A TensorFlow program in one form, whatever file it came from: bodies of nodes, the functions among them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Ref(NamedTuple):
    """An output of a node, or an argument of the function. `output` is the name of an output that may be a list."""

    node: str
    output: str = ""
    place: int = 0

    def __str__(self) -> str:
        return ":".join(filter(None, (self.node, self.output, str(self.place))))


class Function(NamedTuple):
    """The name of a function as an attribute of a node, and the attributes that it is given."""

    name: str
    attrs: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `attrs` may be read lazily; `origin` are the nodes from which it was made, where the file says."""

    name: str
    op: str
    inputs: tuple[Ref, ...] = ()
    controls: tuple[str, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    origin: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.op} {self.name}"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function: its name, dtype, and shape where that is known (None for a dim that is not)."""

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True)
class Body:
    """Nodes that are run together: a function, or the graph itself, which has no arguments and no results.

    `controls` are the nodes that run although no result needs them.
    """

    name: str
    nodes: Mapping[str, Node]
    arguments: tuple[Argument, ...] = ()
    results: Mapping[str, Ref] = field(default_factory=dict)
    controls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """A graph and its library of functions. `place` tells the user's line of a node of a function, or ``."""

    main: Body
    functions: Mapping[str, Body] = field(default_factory=dict)
    place: Callable[[str, str], str] = lambda node, function: ""
    versions: tuple[int, int] = (0, 0)
