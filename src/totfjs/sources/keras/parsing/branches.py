"""Sequential models of Keras 1: one inside of another is no model of its own, and a Merge of several may come first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from totfjs.sources.keras.architecture import Call, Layer, Ref
from totfjs.sources.keras.parsing.values import damaged

# How deep Sequential models may be nested in each other.
_DEPTH = 32


@dataclass(frozen=True)
class Chain:
    """Layers in a row, or in rows that meet: the inputs of the first, and what the last gives."""

    layers: tuple[Layer, ...]
    inputs: tuple[Ref, ...]
    end: Ref


@dataclass(frozen=True)
class Chaining:
    """Makes chains; `parse` reads one layer, and `imply` makes the input of a first layer that says its shape."""

    parse: Callable[[Mapping[str, Any]], Layer]
    imply: Callable[[Layer], Layer]

    def chain(self, items: Sequence[Any], start: Ref | None = None, depth: int = 0) -> Chain:
        """The layers of a list, after `start` or after inputs of their own."""
        if depth > _DEPTH or not items:
            raise damaged("a Sequential model is empty, or nested too deep")
        layers, inputs, end = list[Layer](), list[Ref](), start
        for item in items:
            more = self._next(item, end, depth)
            layers += more.layers
            inputs += more.inputs
            end = more.end
        assert end is not None
        return Chain(tuple(layers), tuple(inputs), end)

    def _next(self, item: Any, end: Ref | None, depth: int) -> Chain:
        if not isinstance(item, Mapping):
            raise damaged("a layer has no class_name and config")
        if item.get("class_name") == "Sequential":
            return self.chain(_items(item), end, depth + 1)
        if item.get("class_name") == "Merge" and end is None:
            return self._merged(item, depth)
        layer = self.parse(item)
        if end is not None:
            return Chain((replace(layer, calls=(Call((end,)),)),), (), Ref(layer.name))
        if layer.kind == "InputLayer":
            return Chain((replace(layer, calls=(Call(),)),), (Ref(layer.name),), Ref(layer.name))
        first = replace(self.imply(layer), calls=(Call(),))
        after = self._next(item, Ref(first.name), depth)
        return Chain((first, *after.layers), (Ref(first.name),), after.end)

    def _merged(self, item: Mapping[str, Any], depth: int) -> Chain:
        layer = self.parse(item)
        branches = [self._next(branch, None, depth + 1) for branch in item["config"].get("layers") or ()]
        merged = replace(
            layer,
            config={key: value for key, value in layer.config.items() if key != "layers"},
            calls=(Call(([branch.end for branch in branches],)),),
        )
        layers = [inner for branch in branches for inner in branch.layers]
        return Chain((*layers, merged), tuple(ref for branch in branches for ref in branch.inputs), Ref(merged.name))


def _items(item: Mapping[str, Any]) -> Sequence[Any]:
    config = item.get("config")
    found = config if isinstance(config, list) else (config or {}).get("layers")
    return found if isinstance(found, list) else []
