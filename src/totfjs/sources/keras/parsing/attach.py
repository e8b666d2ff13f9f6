"""Gives each layer its weights: from the lists of HDF5 files and live models, or from the paths of archives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from totfjs.errors import WeightsMismatchError
from totfjs.sources.keras.architecture import Layer, Model
from totfjs.sources.keras.layers import children_of, variables_of
from totfjs.sources.keras.layers.kind import Variable
from totfjs.sources.keras.parsing.layouts import applied, layout_of
from totfjs.sources.keras.parsing.named import by_name
from totfjs.sources.keras.parsing.sizes import check_sizes
from totfjs.sources.keras.reading.saved import Named, Nested, Weights
from totfjs.weights.array import Array

# A variable: the path of layers from the model's own, and its name.
Path = tuple[str, ...]


def attach(model: Model, weights: Weights, assets: Mapping[str, bytes] = {}) -> Model:
    """A grown model with a weight for each of its variables; raises when one is missing or left over."""
    found = dict(_found(model, weights))
    files = dict(_assets(model, assets)) if assets else {}
    weighed = _weighed(model, found, files)
    check_sizes(weighed)
    return weighed


def _found(model: Model, weights: Weights) -> Iterator[tuple[Path, Array]]:
    if isinstance(weights, Nested):
        return _by_path(model, weights.paths)
    if isinstance(weights, Named):
        return by_name(model, weights.weights)
    return _by_order(model, weights.layers)


def grown(model: Model) -> Model:
    """The model, its layers with the layers that they hold."""
    return replace(model, layers=tuple(map(_grown, model.layers)))


def _grown(layer: Layer) -> Layer:
    """The layer with the layers that it holds."""
    if layer.model is not None:
        return replace(layer, model=grown(layer.model))
    return replace(layer, children={name: _grown(child) for name, child in children_of(layer).items()})


def _weighed(model: Model, found: Mapping[Path, Array], files: Mapping[Path, bytes], at: Path = ()) -> Model:
    return replace(model, layers=tuple(_with(layer, found, files, (*at, layer.name)) for layer in model.layers))


def _with(layer: Layer, found: Mapping[Path, Array], files: Mapping[Path, bytes], at: Path) -> Layer:
    weights = {item.name: found[*at, item.name] for item in variables_of(layer) if (*at, item.name) in found}
    assets = {path[-1]: content for path, content in files.items() if path[:-1] == at}
    children = {name: _with(child, found, files, (*at, name)) for name, child in layer.children.items()}
    model = _weighed(layer.model, found, files, at) if layer.model is not None else None
    return replace(layer, weights=weights, assets=assets, children=children, model=model)


# --- archives: every layer has a place in its container, every variable a number ---


def _by_path(model: Model, paths: Mapping[str, Array]) -> Iterator[tuple[Path, Array]]:
    """Weights by the places that Keras 3 gives to layers; every weight has to be some layer's."""
    taken: set[str] = set()
    # Which attributes are public is another matter in each version.
    written = {path.replace("/_", "/"): path for path in paths}
    for place, at, layer in _places(model, "layers"):
        for index, variable in enumerate(variables_of(layer)):
            key = f"{place}/vars/{index}" if not variable.key else f"{place}/{variable.key}"
            found = written.get(key.replace("/_", "/"))
            if found is not None:
                taken.add(found)
                yield (*at, variable.name), paths[found]
            elif not variable.optional:
                raise WeightsMismatchError(
                    f"The file has no weight {key}, the {variable.name} of {layer}.",
                    remedy="Save the model again.",
                    place=layer.name,
                )
    rest = [path for path in paths if path not in taken and not path.startswith(("optimizer/", "metrics/", "_"))]
    rest = [path for path in rest if not _is_state(path)]
    if rest:
        raise WeightsMismatchError(
            f"No layer takes the weights {', '.join(sorted(rest)[:5])}{' …' if len(rest) > 5 else ''}.",
            remedy="Pass the model object in Python if a layer of yours holds them.",
        )


# Classes that Keras exports under other names than their own, after which archives name places.
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}


def _is_state(path: str) -> bool:
    """Whether a weight is one that inference does not read: random streams, metrics."""
    return "seed_generator" in path or "/metrics/" in path


def _places(model: Model, container: str, at: Path = ()) -> Iterator[tuple[str, Path, Layer]]:
    """The layers of a model with their places: `layers/dense_1`, counted by class."""
    used: dict[str, int] = {}
    for layer in model.layers:
        if not is_saved(layer):
            continue
        base = snake_case(_CLASSES.get(layer.kind, layer.kind.rpartition(".")[2]))
        used[base] = used.get(base, 0) + 1
        place = f"{container}/{base}" + (f"_{used[base] - 1}" if used[base] > 1 else "")
        yield from _places_within(layer, place, (*at, layer.name))


def _places_within(layer: Layer, place: str, at: Path) -> Iterator[tuple[str, Path, Layer]]:
    if layer.model is not None:
        yield from _places(layer.model, f"{place}/layers", at)
        return
    yield place, at, layer
    for name, child in layer.children.items():
        yield from _places_within(child, f"{place}/{name}", (*at, name))


def is_saved(layer: Layer) -> bool:
    """Whether Keras counts a layer when it saves: operations that are no layers are not."""
    return not layer.kind.startswith("ops.")


def snake_case(name: str) -> str:
    """A class name as Keras writes it in paths."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _assets(model: Model, assets: Mapping[str, bytes]) -> Iterator[tuple[Path, bytes]]:
    for place, at, _ in _places(model, "layers"):
        for path, content in assets.items():
            if path.startswith(f"{place}/") and "/" not in path.removeprefix(f"{place}/"):
                yield (*at, path.rpartition("/")[2]), content


# --- lists: each layer of the model has its variables in order, trainable ones first ---


def _by_order(model: Model, lists: Mapping[str, Sequence[tuple[str, Array]]]) -> Iterator[tuple[Path, Array]]:
    layers = model.by_name
    strangers = [name for name, items in lists.items() if items and name not in layers]
    if strangers:
        raise WeightsMismatchError(
            f"The file has weights for {', '.join(strangers)}, which are no layers of the model.",
            remedy="Save the model again.",
        )
    for name, layer in layers.items():
        expected = list(_in_order(layer, (name,)))
        given = [item for item in lists.get(name, ()) if not _is_state(item[0])]
        given = _in_present_layout(layer, expected, given)
        required = [item for item in expected if not item[1].optional]
        if len(given) not in (len(expected), len(required)):
            raise WeightsMismatchError(
                f"{layer} has {len(expected)} variables ({', '.join(path[-1] for path, _ in expected) or 'none'}), "
                f"the file has {len(given)} weights for it ({', '.join(item for item, _ in given) or 'none'}).",
                remedy="Save the model again.",
                place=name,
            )
        chosen = expected if len(given) == len(expected) else required
        inner = _names_within(layer)
        for (path, variable), (written, array) in zip(chosen, given, strict=True):
            _check_name(variable, written, layer)
            _check_owner(layer, path, inner, written)
            yield path, array


def _in_present_layout(
    layer: Layer, expected: Sequence[tuple[Path, Variable]], given: Sequence[tuple[str, Array]]
) -> list[tuple[str, Array]]:
    """What the file lists, with the weights of those layers converted that once laid them out otherwise."""
    rest, found, at = list(given), list[tuple[str, Array]](), 0
    while at < len(expected):
        owner = expected[at][0][:-1]
        held = _at(layer, owner[1:])
        count = next((i for i, (path, _) in enumerate(expected[at:]) if path[:-1] != owner), len(expected) - at)
        layout = layout_of(held, count)
        if layout is None:
            taken = rest[:count]
            rest, found = rest[count:], [*found, *taken]
        elif len(rest) >= layout.count:
            found += applied(layout, rest[: layout.count])
            rest = rest[layout.count :]
        else:
            return list(given)
        at += count
    return [*found, *rest]


def _in_order(layer: Layer, at: Path) -> list[tuple[Path, Variable]]:
    """All variables of a layer and of what it holds, those that are trained first."""
    found = list(_variables(layer, at, True))
    trained = [(path, variable) for path, variable, trainable in found if trainable]
    return trained + [(path, variable) for path, variable, trainable in found if not trainable]


def _variables(layer: Layer, at: Path, trainable: bool) -> Iterator[tuple[Path, Variable, bool]]:
    trainable = trainable and layer.trainable
    for variable in variables_of(layer):
        yield (*at, variable.name), variable, trainable and variable.trained
    for name, child in layer.children.items():
        yield from _variables(child, (*at, name), trainable)
    for inner in layer.model.layers if layer.model is not None else ():
        yield from _variables(inner, (*at, inner.name), trainable)


def _names_within(layer: Layer) -> frozenset[str]:
    """The names of the layers in a nested model, and in those within it."""
    if layer.model is None:
        return frozenset()
    return frozenset(name for inner in layer.model.layers for name in (inner.name, *_names_within(inner)))


def _check_owner(layer: Layer, path: Path, inner: frozenset[str], written: str) -> None:
    """A weight that names a layer of a nested model is not taken for that of another."""
    named = inner.intersection(written.split("/")[:-1])
    if named and not named <= set(path):
        raise WeightsMismatchError(
            f"{layer}: the weight {written!r} stands where that of {'/'.join(path[1:-1])} is expected.",
            remedy="Save the model again, or pass the model object in Python.",
            place=layer.name,
        )


def _check_name(variable: Variable, written: str, layer: Layer) -> None:
    """The name in the file ends as the variable's does, where files of that generation name them so."""
    last = written.removesuffix(":0").rpartition("/")[2]
    if layer.generation >= 2 and re.sub(r"_\d+$", "", last) not in (variable.name, *variable.also):
        raise WeightsMismatchError(
            f"{layer}: the weight {written!r} stands where {variable.name!r} is expected.",
            remedy="Save the model again; if the class was your own, pass the model object in Python.",
            place=layer.name,
        )


# --- the way back ---


def nested_of(model: Model) -> dict[str, Array]:
    """The weights of a model by the paths that archives give them."""
    return {
        f"{place}/vars/{index}" if not variable.key else f"{place}/{variable.key}": layer.weights[variable.name]
        for place, _, layer in _places(model, "layers")
        for index, variable in enumerate(variables_of(layer))
        if variable.name in layer.weights
    }


def listed_of(model: Model) -> dict[str, tuple[tuple[str, Array], ...]]:
    """The weights of a model as HDF5 files list them, for each of its layers."""
    return {layer.name: tuple(_weights_in_order(layer)) for layer in model.layers if is_saved(layer)}


def _weights_in_order(layer: Layer) -> Iterator[tuple[str, Array]]:
    for path, variable in _in_order(layer, (layer.name,)):
        held = _at(layer, path[1:-1])
        if variable.name in held.weights:
            yield "/".join(path), held.weights[variable.name]


def _at(layer: Layer, path: Path) -> Layer:
    """The layer at a path below another."""
    for name in path:
        layer = layer.model.layer(name) if layer.model is not None else layer.children[name]
    return layer


def places_of(model: Model) -> Iterator[tuple[str, Layer]]:
    """Where an archive keeps each layer."""
    for place, _, layer in _places(model, "layers"):
        yield place, layer
