"""A Keras model in one form, whatever generation of Keras wrote it: layers, how they are called, what they weigh.

Names of classes and arguments are those of Keras 3. Operations (`keras.ops`) are layers of the kind `ops.Name`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from totfjs.weights.array import Array


class Ref(NamedTuple):
    """A tensor of a functional model: an output of one call of a layer."""

    layer: str
    call: int = 0
    output: int = 0

    def __str__(self) -> str:
        return f"{self.layer}:{self.call}:{self.output}"


@dataclass(frozen=True)
class Call:
    """One call of a layer: arguments with a Ref for each tensor, in nested lists, tuples and dicts."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The tensors that go in, in order."""
        return tuple(leaves((self.args, self.kwargs), Ref))


@dataclass(frozen=True)
class Layer:
    """One layer. Layers in its `config` (of wrappers, cells) are Layers themselves.

    `weights` are its own variables by name; `children` are the layers that it holds, by Keras' attribute.
    `generation` is the major version of Keras whose meaning its arguments have.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    calls: tuple[Call, ...] = ()
    model: Model | None = None
    generation: int = 3
    package: str = "keras.layers"
    weights: Mapping[str, Array] = field(default_factory=dict)
    children: Mapping[str, Layer] = field(default_factory=dict)
    assets: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def trainable(self) -> bool:
        """Whether training changes it."""
        return bool(self.config.get("trainable", True))

    def walk(self) -> Iterator[Layer]:
        """The layer itself, and every layer inside of it."""
        yield self
        for child in self.children.values():
            yield from child.walk()
        if self.model is not None:
            yield from self.model.walk()

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


@dataclass(frozen=True)
class Model:
    """A model made of layers. Inputs and outputs are a Ref, or lists, tuples and dicts of them.

    `layers` are in the order of the file; a Sequential is written as the functional model that it means.
    """

    name: str
    kind: str
    layers: tuple[Layer, ...]
    inputs: Any
    outputs: Any
    generation: int = 3

    def layer(self, name: str) -> Layer:
        """The layer of a name."""
        return self.by_name[name]

    @property
    def by_name(self) -> dict[str, Layer]:
        """The layers by name."""
        return {layer.name: layer for layer in self.layers}

    @property
    def input_refs(self) -> tuple[Ref, ...]:
        """The inputs in order."""
        return tuple(leaves(self.inputs, Ref))

    @property
    def output_refs(self) -> tuple[Ref, ...]:
        """The outputs in order."""
        return tuple(leaves(self.outputs, Ref))

    def walk(self) -> Iterator[Layer]:
        """Every layer, those inside of layers and nested models too."""
        for layer in self.layers:
            yield from layer.walk()


def leaves(tree: Any, kind: type | tuple[type, ...]) -> Iterator[Any]:
    """The items of a kind in nested lists, tuples and dicts; dicts in the order of their keys' names."""
    if isinstance(tree, kind):
        yield tree
    elif isinstance(tree, Mapping):
        for key in sorted(tree):
            yield from leaves(tree[key], kind)
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from leaves(item, kind)


def mapped(function: Callable[[Any], Any], tree: Any, kind: type | tuple[type, ...]) -> Any:
    """The tree with `function` applied to each item of a kind."""
    if isinstance(tree, kind):
        return function(tree)
    if isinstance(tree, Mapping):
        return {key: mapped(function, item, kind) for key, item in tree.items()}
    if isinstance(tree, list):
        return [mapped(function, item, kind) for item in tree]
    if isinstance(tree, tuple):
        return tuple(mapped(function, item, kind) for item in tree)
    return tree
