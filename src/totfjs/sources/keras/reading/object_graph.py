"""Graphs of objects as TensorFlow writes them into checkpoints and SavedModels: who holds whom, from the model down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from totfjs.checkpoints.tensor_bundle import TensorBundle
from totfjs.sources.keras.reading.problems import damaged
from totfjs.weights.array import Array
from totfjs.wire import Message

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"
_MOST_OBJECTS = 1 << 20
_DEEPEST = 64
# Fields of TrackableObjectGraph, of its TrackableObject (SavedObject has the same children), and of the records in it.
_NODES, _CHILDREN, _ATTRIBUTES, _SLOTS = 1, 1, 2, 3
_CHILD_NODE, _CHILD_NAME = 1, 2
_ATTRIBUTE, _FULL_NAME, _KEY = 1, 2, 3
_SLOT_VARIABLE = 3


class Objects:
    """Objects by their numbers; the model is 0. They are taken apart when asked for."""

    def __init__(self, path: Path, nodes: Iterable[memoryview]) -> None:
        self.path = path
        self._nodes: list[memoryview] = []
        self._children: dict[int, Mapping[str, int]] = {}
        for node in nodes:
            if len(self._nodes) == _MOST_OBJECTS:
                raise damaged(path, f"it has more than {_MOST_OBJECTS} objects")
            self._nodes.append(node)

    def node(self, number: int) -> Message:
        """What is written of an object."""
        if not 0 <= number < len(self._nodes):
            raise damaged(self.path, f"its graph has no object {number}")
        return Message(self._nodes[number])

    def children(self, node: int) -> Mapping[str, int]:
        """The objects that an object holds, by name."""
        if node not in self._children:
            records = self.node(node).messages(_CHILDREN)
            self._children[node] = {each.text(_CHILD_NAME): each.integer(_CHILD_NODE) for each in records}
        return self._children[node]

    def at(self, *names: str, start: int = 0) -> int | None:
        """The object at the end of a path, from the model or from another object; None where there is none."""
        node = start
        for name in names:
            found = self.children(node).get(name)
            if found is None:
                return None
            node = found
        return node

    def items(self, node: int | None) -> list[int]:
        """The members of an object that is a list, in order."""
        numbered = self.children(node) if node is not None else {}
        places = sorted(int(name) for name in numbered if name.isdecimal() and len(name) < 10)
        return [numbered[str(place)] for place in places if str(place) in numbered]

    def paths(self) -> Iterator[tuple[str, int]]:
        """Every object that the model leads to, with the shortest path to it, such as `root.layer-0`."""
        seen, level = {0}, [("root", 0)]
        for _ in range(_DEEPEST):
            yield from level
            below = [(f"{path}.{name}", node) for path, at in level for name, node in self.children(at).items()]
            level = []
            for path, node in below:
                if node not in seen:
                    seen.add(node)
                    level.append((path, node))


class ObjectGraph(Objects):
    """The objects of a checkpoint, with the variables that it keeps for them."""

    def __init__(self, path: Path, bundle: TensorBundle) -> None:
        if _GRAPH not in bundle or bundle[_GRAPH].shape or bundle[_GRAPH].dtype.kind != "O":
            raise damaged(path, "its checkpoint does not say which object has which variables")
        self._bundle = bundle
        super().__init__(path, Message(bundle[_GRAPH].numpy().item()).datas(_NODES))

    def variable(self, node: int) -> tuple[str, Array]:
        """The name that TensorFlow gave to a variable, and its value."""
        for attribute in self.node(node).messages(_ATTRIBUTES):
            if attribute.text(_ATTRIBUTE) == _VALUE:
                key = attribute.text(_KEY)
                if key not in self._bundle:
                    raise damaged(self.path, f"its checkpoint has no value {key!r}")
                return attribute.text(_FULL_NAME), self._bundle[key]
        raise damaged(self.path, "a variable has no value in its checkpoint")

    def slots(self, node: int) -> Iterator[int]:
        """The variables that an optimizer of the old kind keeps for those of the model."""
        return (each.integer(_SLOT_VARIABLE) for each in self.node(node).messages(_SLOTS))
