"""The configuration of a model, Functional or Sequential, as layers and their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from totfjs.errors import SourceError, UnsupportedError
from totfjs.sources.keras.architecture import Call, Layer, Model, Ref, leaves, mapped
from totfjs.sources.keras.parsing.branches import Chaining
from totfjs.sources.keras.parsing.layer import parse_layer
from totfjs.sources.keras.parsing.values import damaged, dtypes_of_tensors, read_value

FUNCTIONAL, SEQUENTIAL = ("Functional", "Model", "Network"), ("Sequential",)
# How deep models may be nested in each other.
_DEPTH = 32


def is_model(kind: Any) -> bool:
    """Whether a class name is that of a model made of layers."""
    return kind in FUNCTIONAL or kind in SEQUENTIAL


def parse_model(document: Mapping[str, Any], generation: int, depth: int = 0) -> Model:
    """The model that `{"class_name", "config"}` describes, without its weights."""
    kind, config = document.get("class_name"), document.get("config")
    if depth > _DEPTH:
        raise damaged(f"models are nested more than {_DEPTH} deep")
    if kind in SEQUENTIAL:
        return _sequential(config, document, generation, depth)
    if isinstance(config, Mapping) and _is_functional(config) and _is_plain(document):
        return _functional(config, generation, depth)
    raise _not_layers(kind)


def _is_functional(config: Mapping[str, Any]) -> bool:
    return {"layers", "input_layers", "output_layers"} <= set(config)


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Whether a model is of Keras' own class: one of another may compute something else from its layers."""
    return document.get("class_name") in FUNCTIONAL and ">" not in str(document.get("registered_name"))


def _not_layers(kind: Any) -> SourceError:
    return UnsupportedError(
        f"The model is a {kind}: a class of one's own, whose code is not in the file.",
        remedy="Load the model in Python on the JAX backend, and pass the model object to totfjs.",
    )


def _functional(config: Mapping[str, Any], generation: int, depth: int) -> Model:
    name = str(config.get("name") or "model")
    listed = [_layer(item, generation, depth, name) for item in _list(config["layers"], name)]
    layers = {layer.name: layer for layer in listed}
    if len(layers) != len(listed):
        raise damaged("two layers have one name", name)
    inputs, outputs = (_refs(config[key], name) for key in ("input_layers", "output_layers"))
    shifted = _Shift(layers, generation, (inputs, outputs))
    outputs = mapped(shifted.output, outputs, Ref)
    inputs = mapped(shifted.output, inputs, Ref)
    ordered = tuple(replace(layer, calls=tuple(map(shifted.call, layer.calls))) for layer in listed)
    model = Model(name, "Functional", ordered, inputs, outputs, generation)
    _check_refs(model)
    return model


class _Shift:
    """Nested models count their calls from one: the model's own making was the first.

    Keras 3 counts so for the outputs of a model alone; before, it was done everywhere, but not by every version.
    """

    def __init__(self, layers: Mapping[str, Layer], generation: int, borders: Any) -> None:
        self._layers, self._generation = layers, generation
        self._ends: dict[str, int] = {}
        refs = [ref for layer in layers.values() for call in layer.calls for ref in call.refs]
        for ref in (*refs, *leaves(borders, Ref)):
            self._ends[ref.layer] = max(self._ends.get(ref.layer, 0), ref.call)

    def call(self, call: Call) -> Call:
        """A call, its tensors counted from zero."""
        args = mapped(self._argument, call.args, Ref)
        return Call(args, mapped(self._argument, call.kwargs, Ref))

    def output(self, ref: Ref) -> Ref:
        """An input or output of the model, counted from zero."""
        layer = self._layers.get(ref.layer)
        if self._generation >= 3 and layer is not None and layer.model is not None and layer.kind != "Sequential":
            return ref._replace(call=max(ref.call - 1, 0))
        return self._argument(ref)

    def _argument(self, ref: Ref) -> Ref:
        layer = self._layers.get(ref.layer)
        if layer is None or layer.model is None or self._generation >= 3:
            return ref
        late = self._ends[ref.layer] >= max(len(layer.calls), 1)
        return ref._replace(call=ref.call - 1) if late and ref.call else ref


def _sequential(config: Any, document: Mapping[str, Any], generation: int, depth: int) -> Model:
    items = config if isinstance(config, list) else (config or {}).get("layers")
    name = str(config.get("name") or "sequential") if isinstance(config, Mapping) else "sequential"
    if generation == 1:
        return _sequential_of_keras_1(_list(items, name), document, name, depth)
    listed = [_layer(item, generation, depth, name) for item in _list(items, name)]
    if not listed or listed[0].kind != "InputLayer":
        listed.insert(0, _implied_input(listed, config, document, name, generation))
    chained, at = [replace(listed[0], calls=(Call(),))], Ref(listed[0].name)
    for layer in listed[1:]:
        chained.append(replace(layer, calls=(Call((at,)),)))
        at = Ref(layer.name)
    return _in_a_row(name, chained, Ref(listed[0].name), at, generation)


def _in_a_row(name: str, layers: Sequence[Layer], inputs: Any, end: Ref, generation: int) -> Model:
    if len({layer.name for layer in layers}) != len(layers):
        raise damaged("two layers have one name", name)
    return Model(name, "Sequential", tuple(layers), inputs, end, generation)


def _sequential_of_keras_1(items: Sequence[Any], document: Mapping[str, Any], name: str, depth: int) -> Model:
    chaining = Chaining(
        lambda item: _layer(item, 1, depth, name), lambda layer: _implied_input([layer], None, document, name, 1)
    )
    chain = chaining.chain(items)
    inputs = list(chain.inputs) if len(chain.inputs) > 1 else chain.inputs[0]
    return _in_a_row(name, chain.layers, inputs, chain.end, 1)


def _implied_input(
    layers: Sequence[Layer], config: Any, document: Mapping[str, Any], name: str, generation: int
) -> Layer:
    """The input of a Sequential that has no InputLayer: its first layer or its build says the shape."""
    first = layers[0].config if layers else {}
    build = document.get("build_config") or {}
    outer = config if isinstance(config, Mapping) else {}
    shape = first.get("batch_shape") or build.get("input_shape") or outer.get("build_input_shape")
    if shape is None and layers and layers[0].model is not None:
        inner = layers[0].model
        refs = inner.input_refs
        if len(refs) == 1:
            found = inner.layer(refs[0].layer).config
            shape, first = found.get("batch_shape"), found
    taken = {layer.name for layer in layers}
    called = f"{layers[0].name}_input" if layers and generation < 3 else "input"
    while called in taken:
        called += "_"
    dtype = first.get("dtype") if layers and layers[0].kind == "Embedding" and generation < 3 else None
    return Layer("InputLayer", called, {"batch_shape": shape, "dtype": dtype or "float32", "implied": True})


def _layer(item: Any, generation: int, depth: int, place: str) -> Layer:
    if not isinstance(item, Mapping) or not isinstance(item.get("config"), Mapping | list):
        raise damaged("a layer has no class_name and config", place)
    kind = item.get("class_name")
    nested = is_model(kind) or (isinstance(item["config"], Mapping) and _is_functional(item["config"]))
    if not nested:
        layer = replace(parse_layer(item, generation), calls=_calls(item, place))
        dtypes = dtypes_of_tensors(item.get("inbound_nodes")) if layer.kind.startswith("ops.") else []
        return replace(layer, config={**layer.config, "input_dtypes": dtypes}) if dtypes else layer
    model = parse_model(item, generation, depth + 1)
    name = str(item.get("name") or model.name)
    config = item["config"] if isinstance(item["config"], Mapping) else {}
    kept = {"trainable": config.get("trainable", True)}
    return Layer(model.kind, name, kept, _calls(item, name), replace(model, name=name), generation, "keras")


def _calls(item: Mapping[str, Any], place: str) -> tuple[Call, ...]:
    if item.get("class_name") == "InputLayer":
        return (Call(),)
    return tuple(_call(node, place) for node in _list(item.get("inbound_nodes") or [], place))


def _call(node: Any, place: str) -> Call:
    """One inbound node: `{"args", "kwargs"}` in Keras 3, lists of [layer, node, tensor, kwargs] before."""
    if isinstance(node, Mapping):
        args = tuple(read_value(item, place) for item in _list(node.get("args", []), place))
        kwargs = read_value(node.get("kwargs") or {}, place)
        return Call(args, kwargs)
    return _legacy_call(node, place)


def _legacy_call(node: Any, place: str) -> Call:
    if isinstance(node, list) and node and isinstance(node[0], str):  # one tensor, not in a list
        node = [node]
    items = _legacy_tree(node, place)
    kwargs: Mapping[str, Any] = next((item[3] for item in _entries(node) if len(item) > 3 and item[3]), {})
    first = items[0] if isinstance(items, list) and len(items) == 1 else items
    return Call((first,), {key: _legacy_argument(value, place) for key, value in kwargs.items()})


def _entries(node: Any) -> list[Any]:
    """The [layer, node, tensor, kwargs] of a legacy node, in order."""
    if isinstance(node, Mapping):
        return [entry for item in node.values() for entry in _entries(item)]
    if isinstance(node, list) and node and isinstance(node[0], str):
        return [node]
    return [entry for item in node if isinstance(item, list | Mapping) for entry in _entries(item)]


def _legacy_tree(node: Any, place: str) -> Any:
    if isinstance(node, Mapping):
        return {key: _legacy_tree(item, place) for key, item in node.items()}
    match node:
        case ["_CONSTANT_VALUE", _, value, *_]:
            return value
        case [str(layer), int(call), int(output), *_]:
            return Ref(layer, call, output)
        case [*items]:
            return [_legacy_tree(item, place) for item in items]
    raise damaged(f"a layer is called with {node!r}", place)


def _legacy_argument(value: Any, place: str) -> Any:
    """A keyword argument: tensors are written as [layer, node, tensor]."""
    match value:
        case [str(layer), int(call), int(output)] | [str(layer), int(call), int(output), {}]:
            return Ref(layer, call, output)
        case ["_CONSTANT_VALUE", _, kept, *_]:
            return kept
        case [*items]:
            return [_legacy_argument(item, place) for item in items]
        case Mapping():
            return (
                {key: _legacy_argument(item, place) for key, item in read_value(dict(value), place).items()}
                if not {"class_name", "config"} <= set(value)
                else read_value(value, place)
            )
    return value


def _refs(value: Any, place: str) -> Any:
    """The inputs or outputs of a model: [layer, node, tensor], or lists and dicts of that."""
    if isinstance(value, Mapping):
        return {key: _refs(item, place) for key, item in value.items()}
    match value:
        case [str(layer), int(call), int(output)]:
            return Ref(layer, call, output)
        case [*items]:
            return [_refs(item, place) for item in items]
    raise damaged(f"an input or output is described by {value!r}", place)


def _check_refs(model: Model) -> None:
    """Every tensor comes from a call that exists."""
    layers = model.by_name
    refs = [ref for layer in model.layers for call in layer.calls for ref in call.refs]
    for ref in (*refs, *model.input_refs, *model.output_refs):
        if ref.layer not in layers or not 0 <= ref.call < len(layers[ref.layer].calls):
            raise damaged(f"it names {ref}, which is not there", model.name)


def _list(value: Any, place: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise damaged(f"{value!r} stands where a list should", place)
