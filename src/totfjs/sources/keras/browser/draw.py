"""A Keras model → a sketch of the model that tfjs-layers can be given, with every obstacle on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from totfjs.sources.keras.architecture import Call, Layer, Model, Ref, leaves, mapped
from totfjs.sources.keras.browser.flow import UNKNOWN, Flow, Obstacle, Unknown
from totfjs.sources.keras.browser.masks import MERGING, RECURRENT, computed, masked
from totfjs.sources.keras.browser.names import Names
from totfjs.sources.keras.browser.order import is_kept
from totfjs.sources.keras.browser.rules import rules
from totfjs.sources.keras.browser.rules.preprocessing import IMAGES
from totfjs.sources.keras.browser.sketch import Drawn, Sketch
from totfjs.sources.keras.browser.use import Use
from totfjs.sources.keras.inputs import dtype_of
from totfjs.sources.keras.layers import is_keras
from totfjs.sources.keras.lower import in_order

_INTEGERS = ("int64", "int16", "int8", "uint8", "uint16", "uint32")
_FLOATS = ("float16", "bfloat16", "float64")


class Drawing:
    """Draws models. `obstacles` are the reasons by layer, in order."""

    def __init__(self) -> None:
        self.names = Names()
        self.obstacles: dict[str, str] = {}
        self._inner: dict[str, Sketch] = {}

    def model(self, model: Model, name: str = "") -> Sketch:
        """The sketch of a model."""
        sketch = Sketch(self.names.take(name) if name else model.name, names=self.names)
        known = {ref: self._input(sketch, model.layer(ref.layer)) for ref in model.input_refs}
        asked = _asked(model)
        for layer, index in in_order(model):
            if Ref(layer.name, index) not in known:
                result = self._call(sketch, layer, _with_flows(layer.calls[index], known))
                known.update((Ref(layer.name, index, place), flow) for place, flow in enumerate(result))
                known.update((ref, UNKNOWN) for ref in asked.get((layer.name, index), ()) if ref not in known)
        ends = [known[ref] for ref in model.output_refs]
        for ref, flow in zip(model.output_refs, ends, strict=True):
            self._output(sketch, model.layer(ref.layer), flow)
        sketch.outputs = [flow.source for flow in ends if flow.source is not None]
        self._check(sketch, model)
        if model.kind == "Sequential" and sketch.is_chain:
            sketch.kind = "Sequential"
        sketch.flows = tuple(ends)
        return sketch

    def _input(self, sketch: Sketch, layer: Layer) -> Flow:
        shape = layer.config.get("batch_shape")
        dtype = dtype_of(layer)
        if not isinstance(shape, list | tuple):
            return self._refused(layer, "the model does not say its shape")
        if len(shape) < 2:
            return self._refused(layer, "TensorFlow.js takes no inputs that are a batch of single numbers")
        if dtype == "string" or layer.config.get("sparse"):
            return self._refused(layer, "its tensors are sparse" if layer.config.get("sparse") else "it takes strings")
        kind = "int32" if dtype in _INTEGERS else "float32" if dtype in _FLOATS else dtype
        drawn = Drawn("InputLayer", "", {"batch_input_shape": list(shape), "dtype": kind, "sparse": False}, True)
        drawn = sketch.part(layer.name, "", drawn)
        sketch.call(drawn, [])
        use = Flow(None, tuple(shape), kind)
        source = _first(drawn)
        sketch.inputs.append(source)
        return replace(use, source=source)

    def _call(self, sketch: Sketch, layer: Layer, call: Call) -> list[Flow]:
        try:
            if layer.model is not None:
                return self._nested(sketch, layer, call)
            return self._drawn(sketch, layer, call)
        except Obstacle as obstacle:
            return [self._refused(layer, str(obstacle))]
        except Unknown:
            return [UNKNOWN]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            return [self._refused(layer, f"its configuration is not understood ({type(error).__name__}: {error})")]

    def _drawn(self, sketch: Sketch, layer: Layer, call: Call) -> list[Flow]:
        mask = computed(layer, call)
        if mask is not None:
            return [mask]
        return list(leaves(apply(Use(layer, call, sketch, apply)), Flow))

    def _nested(self, sketch: Sketch, layer: Layer, call: Call) -> list[Flow]:
        assert layer.model is not None
        named = {key: value for key, value in call.kwargs.items() if key != "training"}
        if call.args and any(map(_says_more, (*named.values(), *call.args[1:]))):
            raise Obstacle("it is called with more than its inputs")
        if call.kwargs.get("training"):
            raise Obstacle("it is called with training")
        flows = list(leaves((call.args, named), Flow))
        inner = self._inner_sketch(sketch, layer)
        if call.kwargs.get("training") is False and inner.trains_otherwise:
            sketch.untrained.append(f"{layer}: it is called as in inference")
        if any(flow.mask or flow.given for flow in flows):
            raise Obstacle("a mask goes into the model, and TensorFlow.js hands none into a model in a model")
        sketch.masks |= inner.masks
        sketch.readers += inner.readers
        use = Use(layer, call, sketch, apply)
        shapes = [flow.known_shape for flow in inner.flows]
        drawn = use.emit_all("Model", flows, shapes, inner=inner)
        return [replace(flow, dtype=end.dtype, mask=end.mask) for flow, end in zip(drawn, inner.flows, strict=True)]

    def _inner_sketch(self, sketch: Sketch, layer: Layer) -> Sketch:
        key = f"{id(sketch)}/{layer.name}"
        if key not in self._inner:
            assert layer.model is not None
            inner = self.model(layer.model, layer.name)
            sketch.untrained += inner.untrained
            self._inner[key] = inner
            # The layer itself gets the name of the model.
            sketch.parts[layer.name, ""] = inner.name
            sketch.layers.setdefault(inner.name, Drawn("Model", inner.name, {}, inner=inner))
        return self._inner[key]

    def _output(self, sketch: Sketch, layer: Layer, flow: Flow) -> None:
        if flow.says is not None:
            self._refused(layer, "it gives a mask, which is no tensor in tfjs-layers")
        if flow.source is None:
            return
        if flow.dtype != "float32":
            self._refused(layer, f"an output of the model is of {flow.dtype}, and TensorFlow.js gives floats")
        if flow.mask is not None:
            sketch.untrained.append(f"{layer}: its output has a mask, which TensorFlow.js leaves out of the loss")

    def _check(self, sketch: Sketch, model: Model) -> None:
        if sketch.masks and any(given is None for _, given in sketch.readers):
            for name in dict.fromkeys(name for name, given in sketch.readers if given is None):
                self.obstacles.setdefault(name, "TensorFlow.js hands it the mask of another layer")
        if not self.obstacles and not is_kept(sketch):
            self.obstacles.setdefault(model.name, "TensorFlow.js mixes up the calls of a layer that is called twice")

    def _refused(self, layer: Layer, why: str) -> Flow:
        self.obstacles.setdefault(str(layer), why)
        return UNKNOWN


def apply(use: Use) -> Any:
    """What the rule of a layer's class draws, with the mask that Keras would hand on."""
    layer, rule = use.layer, rules().get(use.layer.kind)
    if layer.kind == "Lambda":
        raise Obstacle("Python code, which totfjs never runs")
    if not is_keras(layer):
        raise Obstacle(f"a class of one's own, of {layer.package}")
    if rule is None:
        raise Obstacle("tfjs-layers has no such layer")
    if not layer.kind.startswith("ops."):
        _check_call(use)
        _check_inputs(use)
    _check_dtype(layer)
    inputs = list(leaves(use.call.args, Flow))
    if any(flow.says for flow in leaves(use.call.args, Flow)):
        raise Obstacle("it computes with a mask, which is no tensor in tfjs-layers")
    if any(flow.source is None and not flow.says for flow in leaves((use.call.args, use.call.kwargs), Flow)):
        rule(use)
        raise Unknown
    result = rule(use)
    found = list(leaves(result, Flow))
    first = replace(found[0], mask=masked(layer, inputs, found[0]))
    return [first, *found[1:]] if len(found) > 1 else first


def _with_flows(call: Call, known: Mapping[Ref, Flow]) -> Call:
    """A call with Flows for its Refs."""
    return Call(mapped(known.__getitem__, call.args, Ref), mapped(known.__getitem__, call.kwargs, Ref))


def _check_call(use: Use) -> None:
    initial = use.layer.kind in RECURRENT or use.layer.kind == "Bidirectional"
    for key, value in use.call.kwargs.items():
        if key == "training" and (value is False or (use.generation >= 3 and use.layer.kind in IMAGES)):
            continue
        if key == "mask" and isinstance(value, Flow) and value.says is not None and value.says == use.x.given:
            continue
        if _says_more(value) and not (initial and key == "initial_state"):
            raise Obstacle(f"it is called with {key}")
    if not initial and any(map(_says_more, use.call.args[1:])):
        raise Obstacle("it is called with more than its inputs")


def _check_inputs(use: Use) -> None:
    several = (*MERGING, *RECURRENT, "Bidirectional", "Dot", "Identity")
    if use.layer.kind not in several and len(use.xs) != 1:
        raise Obstacle("it is called with several tensors")


def _says_more(value: Any) -> bool:
    """Whether an argument of a call is a tensor, or asks for anything."""
    if isinstance(value, list | tuple):
        return any(map(_says_more, value))
    if isinstance(value, Mapping):
        return any(map(_says_more, value.values()))
    return value is not None and value is not False


def _check_dtype(layer: Layer) -> None:
    dtype = dtype_of(layer)
    if dtype not in ("float32", "int32", "int64") or (dtype != "float32" and layer.kind not in ("Embedding",)):
        raise Obstacle(f"it computes in {dtype}, tfjs-layers in float32")
    if (
        isinstance(layer.config.get("dtype"), Mapping)
        and layer.config["dtype"].get("class_name") == "QuantizedDTypePolicy"
    ):
        raise Obstacle("it is quantized")


def _asked(model: Model) -> dict[tuple[str, int], list[Ref]]:
    """The tensors that are asked of each call."""
    found: dict[tuple[str, int], list[Ref]] = {}
    calls = (ref for layer in model.layers for call in layer.calls for ref in call.refs)
    for ref in (*calls, *model.output_refs):
        found.setdefault((ref.layer, ref.call), []).append(ref)
    return found


def _first(drawn: Drawn) -> Any:
    from totfjs.sources.keras.browser.flow import Source

    return Source(drawn.name, 0, 0)


__all__ = ["Drawing", "apply"]
