"""What a conversion gives: the files, the inputs and outputs, what to know, and the proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totfjs.graph.graph import Graph
from totfjs.graph.ops import spec
from totfjs.graph.types import TensorType
from totfjs.verification import Verification


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model; dims that are text are decided when the model runs."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Result:
    """What `convert` made: the files, the model's inputs and outputs, what to know, and the proof."""

    path: Path
    target: str
    files: tuple[str, ...]
    bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    notes: tuple[str, ...]
    verification: Verification

    def json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        tensors = {"inputs": self.inputs, "outputs": self.outputs}
        described = {key: [vars(item) for item in items] for key, items in tensors.items()}
        return {
            "path": str(self.path),
            "target": self.target,
            "files": list(self.files),
            "bytes": self.bytes,
            **described,
            "notes": list(self.notes),
            "verification": self.verification.json(),
        }


def tensors(graph: Graph, named: Mapping[str, Any]) -> tuple[Tensor, ...]:
    """The inputs or outputs of a graph as records."""
    return tuple(record(name, graph.type(value)) for name, value in named.items())


def record(name: str, kind: TensorType) -> Tensor:
    """An input or output as a record."""
    return Tensor(name, kind.dtype.value, tuple(size if isinstance(size, int) else str(size) for size in kind.shape))


def running_notes(graph: Graph) -> Iterator[str]:
    """What a page has to know to run a graph."""
    waits = sorted({node.op for node in graph if node.array is None and spec(node.op).asynchronous})
    if waits:
        yield f"The model needs `await model.executeAsync(...)`: it holds {', '.join(waits)}."
    for kind, names in (("inputs", list(graph.inputs)), ("outputs", list(graph.outputs))):
        if javascript_order(names) != names:
            first = ", ".join(javascript_order(names))
            yield f"JavaScript puts names that are numbers first: {kind} given as an array have the order {first}."


def javascript_order(names: Iterable[str]) -> list[str]:
    """The keys of an object as JavaScript goes through them."""
    return sorted(names, key=_place)


def _place(name: str) -> tuple[bool, int]:
    number = name.isascii() and name.isdigit() and str(int(name)) == name
    return (not number, int(name) if number else 0)
