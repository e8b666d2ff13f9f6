"""Finds the weights of a model by their names in a web model: `dense/kernel`, `bidirectional/forward_lstm/kernel`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from totfjs.errors import WeightsMismatchError
from totfjs.sources.keras.architecture import Layer, Model
from totfjs.sources.keras.layers import variables_of
from totfjs.sources.keras.layers.kind import Variable
from totfjs.weights.array import Array

# The path of layers to a variable with its name, and the names of these layers.
Place = tuple[tuple[str, ...], tuple[str, ...], Variable]


def by_name(model: Model, weights: Mapping[str, Array]) -> Iterator[tuple[tuple[str, ...], Array]]:
    """A weight for each variable: the one whose name is made of the names of the variable's layers, and its own."""
    left = dict(weights)
    places = [place for layer in model.layers for place in _places(layer, (layer.name,), (layer.name,))]
    for path, names, variable in places:
        found = _best(names, variable, left)
        if found is not None:
            yield path, left.pop(found)
        elif not variable.optional:
            raise WeightsMismatchError(
                f"The web model has no weight for {'/'.join((*names, variable.name))}.",
                remedy="Convert the model again.",
            )
    if left:
        raise WeightsMismatchError(f"No layer takes the weights {', '.join(left)}.", remedy="Convert the model again.")


def _best(names: tuple[str, ...], variable: Variable, weights: Mapping[str, Array]) -> str | None:
    """The name that says most about the layers; the variable may be numbered."""
    fitting = [name for name in weights if _fits(name.split("/"), names, variable)]
    return max(fitting, key=lambda name: name.count("/"), default=None)


def _fits(parts: list[str], names: tuple[str, ...], variable: Variable) -> bool:
    *owners, last = parts
    if last.removesuffix(":0") not in (variable.name, *variable.also) or not owners:
        return False
    whole = [part for name in names for part in name.split("/")]
    at = iter(whole)
    return all(owner in at for owner in owners) and owners[-1] in [name.rpartition("/")[2] for name in names[-2:]]


def _places(layer: Layer, path: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Place]:
    for variable in variables_of(layer):
        yield (*path, variable.name), names, variable
    for key, child in layer.children.items():
        yield from _places(child, (*path, key), (*names, child.name))
    for inner in layer.model.layers if layer.model is not None else ():
        yield from _places(inner, (*path, inner.name), (*names, inner.name))
