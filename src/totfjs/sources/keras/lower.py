"""Lowers a Keras model: walks its calls in order, and asks the kind of each layer what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from totfjs.errors import TotfjsError, UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Graph, Origin
from totfjs.graph.ops import Backend, OpError
from totfjs.graph.types import TensorType
from totfjs.sources.keras.architecture import Call, Layer, Model, Ref, leaves, mapped
from totfjs.sources.keras.layers import is_keras, kind_of
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.operations import rules
from totfjs.sources.keras.outputs import output_names
from totfjs.sources.keras.policies import other_floats, quantised
from totfjs.sources.keras.use import Flow, Use
from totfjs.weights.array import Array
from totfjs.weights.narrow import narrow


@dataclass
class Lowering:
    """A model on its way to a graph. `results` are the types that each layer's calls gave, for summaries."""

    builder: Builder
    notes: list[str] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    consts: dict[Any, Tensor] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)

    def model(self, model: Model, given: Sequence[Flow]) -> Any:
        """The outputs of a model, in their structure, for its inputs in order."""
        known: dict[Ref, Flow] = dict(zip(model.input_refs, given, strict=True))
        for layer, index in in_order(model):
            if Ref(layer.name, index) in known:
                continue
            result = self.call(layer, mapped_call(layer.calls[index], known))
            for place, flow in enumerate(leaves(result, Flow)):
                known[Ref(layer.name, index, place)] = flow
        if model.kind == "Sequential":
            _check_single(model, known)
        return mapped(lambda ref: known[ref], model.outputs, Ref)

    def call(self, layer: Layer, call: Call) -> Any:
        """What a layer gives: Flows in the structure of its result."""
        self.scopes.append(layer.name)
        scope = "/".join(self.scopes)
        try:
            with self.builder.origin(Origin(scope, str(layer))):
                if layer.model is not None:
                    result = self.model(layer.model, _inputs_of(layer, layer.model, call))
                else:
                    result = self._rule(layer, call, scope)
            self.results.setdefault(scope, mapped(lambda flow: flow.tensor.type, result, Flow))
            return result
        finally:
            self.scopes.pop()

    def _rule(self, layer: Layer, call: Call, scope: str) -> Any:
        kind = known_kind(layer)
        use = Use(layer, call, self.builder, self._apply, self._note, self.const, scope)
        if (policy := other_floats(layer)) is not None:
            self._note(f"Layers compute in {policy} in Keras, and in float32 here.")
        try:
            result = kind.lower(use)
        except TotfjsError:
            raise
        except OpError as error:
            raise use.refuse(str(error), _remedy(str(error))) from error
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, NotImplementedError) as error:
            said = f"{type(error).__name__}: {error}"
            raise use.refuse(f"its configuration or its inputs are not understood ({said})") from error
        return _with_mask(result, use.mask if kind.masks and use.args and use.flows else None)

    def _apply(self, layer: Layer, *args: Any, **kwargs: Any) -> Any:
        """Another layer, applied by a rule: bare Tensors have no mask."""

        def flowing(tree: Any) -> Any:
            return mapped(Flow, tree, Tensor)

        def whole(tree: Any) -> Any:
            return tree if isinstance(tree, Flow) else flowing(tree)

        return self.call(layer, Call(tuple(map(whole, args)), {key: whole(value) for key, value in kwargs.items()}))

    def const(self, array: Array, name: str) -> Tensor:
        """A constant of the graph, made once for each array."""
        if array.key not in self.consts:
            self.consts[array.key] = self.builder.const(
                narrow(name, array, lambda note: self._note(str(note))), name=name
            )
        return self.consts[array.key]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def lower(model: Model, inputs: Mapping[str, TensorType], backends: Sequence[Backend]) -> tuple[Graph, Lowering]:
    """The graph of a model; inputs are in the order of the model's, under the user's names."""
    check(model)
    lowering = Lowering(Builder(backends))
    builder = lowering.builder
    given = [Flow(builder.input(name, kind.dtype, kind.shape)) for name, kind in inputs.items()]
    result = lowering.model(model, given)
    flows = list(leaves(result, Flow))
    return builder.build(dict(zip(output_names(model), (flow.tensor for flow in flows), strict=True))), lowering


def _remedy(said: str) -> str:
    """What to do where a backend alone stands in the way; nothing in particular elsewhere."""
    if " cannot run on " not in said:
        return ""
    return "Convert it for the other backends (--backends), or build the model without it."


def _with_mask(result: Any, mask: Tensor | None) -> Any:
    """What a rule returns as Flows: the mask of the argument goes on with the first bare Tensor, as in Keras."""
    masks = iter((mask,))
    return mapped(
        lambda item: item if isinstance(item, Flow) else Flow(item, next(masks, None)), result, (Tensor, Flow)
    )


def mapped_call(call: Call, known: Mapping[Ref, Flow]) -> Call:
    """A call with Flows for its Refs."""
    return Call(mapped(known.__getitem__, call.args, Ref), mapped(known.__getitem__, call.kwargs, Ref))


def _check_single(model: Model, known: Mapping[Ref, Flow]) -> None:
    """In a Sequential, one tensor goes from layer to layer: its file does not say what becomes of others."""
    for ref in known:
        if ref.output:
            raise UnsupportedError(
                f"{model.layer(ref.layer)} gives several tensors inside of {model.name}, which is a Sequential.",
                remedy="Build it as a functional model, with all outputs that are wanted.",
                place=ref.layer,
            )


def _inputs_of(layer: Layer, model: Model, call: Call) -> list[Flow]:
    """What a call gives to the inputs of a nested model: in order, or by name where both are dicts."""
    given, names = call.args[0] if call.args else list(call.kwargs.values()), model.inputs
    if isinstance(given, Mapping) and isinstance(names, Mapping):
        given = {key: given[key] for key in names}
    flows = _masked(list(leaves(given, Flow)), call.kwargs.get("mask") if call.args else None)
    if len(flows) != len(model.input_refs):
        raise UnsupportedError(
            f"{layer} takes {len(model.input_refs)} inputs and is called with {len(flows)}.",
            remedy="Save the model again.",
            place=layer.name,
        )
    return flows


def _masked(flows: list[Flow], masks: Any) -> list[Flow]:
    """Tensors with the masks that a call gives by name, one for each in the same structure."""
    given = list(leaves(masks, (Flow, type(None)))) if masks is not None else []
    if len(given) != len(flows):
        return flows
    return [flow if mask is None else Flow(flow.tensor, mask.tensor) for flow, mask in zip(flows, given, strict=True)]


def in_order(model: Model) -> list[tuple[Layer, int]]:
    """The calls that the outputs need, each after those that it reads."""
    layers, ordered, state = model.by_name, [], dict[tuple[str, int], bool]()
    stack = [(ref.layer, ref.call, False) for ref in reversed(model.output_refs)]
    while stack:
        name, index, ready = stack.pop()
        if ready:
            state[name, index] = True
            ordered.append((layers[name], index))
        elif (name, index) not in state:
            state[name, index] = False
            stack.append((name, index, True))
            stack += [(ref.layer, ref.call, False) for ref in reversed(layers[name].calls[index].refs)]
        elif not state[name, index] and any((name, index, True) == item for item in stack):
            raise UnsupportedError(f"{name} needs its own output.", remedy="Save the model again.", place=name)
    return ordered


def known_kind(layer: Layer) -> Kind:
    """The kind of a layer or operation; raises for those that are not known."""
    rule = rules().get(layer.kind) if is_keras(layer) else None
    kind = Kind(rule) if rule is not None else kind_of(layer)
    if kind is None:
        raise UnsupportedError("\n".join(["The model has layers that totfjs does not know:", f"  {layer}"]),
                               remedy=_WAY_OUT, place=layer.name)  # fmt: skip
    return kind


_CODE = {
    "Lambda": "Python code",
    "JaxLayer": "a function of JAX",
    "FlaxLayer": "a module of Flax",
    "TorchModuleWrapper": "a module of PyTorch",
    "TFSMLayer": "a SavedModel in another file",
}
_WAY_OUT = "Load the model in Python on the JAX backend, and pass the model object to totfjs, which traces its code."


def check(model: Model) -> None:
    """Names all layers that are not known at once."""
    unknown = [layer for layer in model.walk() if layer.model is None and not _is_known(layer)]
    if unknown:
        lines = "\n".join(f"  {line}" for line in dict.fromkeys(f"{layer}{_why(layer)}" for layer in unknown))
        raise UnsupportedError(
            f"The model has layers that totfjs cannot read from a file:\n{lines}", remedy=_WAY_OUT, place=model.name
        )


def _is_known(layer: Layer) -> bool:
    if quantised(layer) is not None:
        return False
    return layer.kind == "InputLayer" or (is_keras(layer) and (kind_of(layer) is not None or layer.kind in rules()))


def _why(layer: Layer) -> str:
    if is_keras(layer) and layer.kind in _CODE:
        return f": {_CODE[layer.kind]}, which totfjs never runs"
    if quantised(layer) is not None:
        return f": its weights are quantised ({quantised(layer)}); convert the model as it was before"
    return "" if is_keras(layer) else f": a class of one's own, of {layer.package}"
