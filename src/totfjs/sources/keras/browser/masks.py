"""The masks that Keras hands on, by name: where tfjs-layers hands on another, a layer that asks for it is refused."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.sources.keras.architecture import Call, Layer
from totfjs.sources.keras.browser.flow import Flow

_KEEPING = frozenset(
    ("LayerNormalization", "GroupNormalization", "BatchNormalization", "UnitNormalization", "LeakyReLU", "ReLU",
     "PReLU", "ELU", "Softmax", "ThresholdedReLU", "Activation", "Rescaling", "Normalization", "AlphaDropout",
     "GaussianDropout", "GaussianNoise", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
     "ActivityRegularization", "Dense", "Identity", "TimeDistributed")
)  # fmt: skip
# Layers that hand on the very tensor, and its mask with it, where they change nothing.
_MOVING = ("Reshape", "Permute", "Flatten", "Cropping", "ZeroPadding", "UpSampling", "CenterCrop", "Random")
RECURRENT = frozenset(("RNN", "SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"))
MERGING = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"))


def masked(layer: Layer, inputs: Sequence[Flow], output: Flow) -> str | None:
    """The mask of the first output of a layer in Keras."""
    first = inputs[0].mask if inputs else None
    if layer.kind.startswith(_MOVING) and first is not None and inputs[0].known_shape == output.known_shape:
        dims = layer.config.get("dims")
        return first if dims is None or list(dims) == sorted(dims) else None
    if layer.kind == "Masking" or (layer.kind == "Embedding" and layer.config.get("mask_zero")):
        return own_mask(layer, inputs)
    if layer.kind in RECURRENT:
        return first if layer.config.get("return_sequences") else None
    if layer.kind == "Bidirectional":
        inner = layer.config.get("layer")
        return first if isinstance(inner, Layer) and inner.config.get("return_sequences") else None
    if layer.kind in MERGING and any(flow.mask for flow in inputs):
        if layer.kind != "Concatenate" and layer.generation >= 3 and not all(flow.mask for flow in inputs):
            return None
        return f"Keras' {layer.kind} of " + " and ".join(str(flow.mask) for flow in inputs)
    return first if layer.kind in _KEEPING else None


def own_mask(layer: Layer, inputs: Sequence[Flow]) -> str:
    """The name of the mask that a layer makes of its input."""
    if layer.kind == "Embedding":
        return _unlike(inputs[0], 0)
    return f"any {_unlike(inputs[0], layer.config.get('mask_value', 0.0))}"


def _unlike(x: Flow, value: float) -> str:
    return f"{x.source} != {float(value)}"


def computed(layer: Layer, call: Call) -> Flow | None:
    """The mask that an operation computes, as Keras 3 writes masks into functional models; None for all others."""
    match layer.kind, call.args:
        case "ops.NotEqual", (Flow(says=None) as x, int() | float() as value) if x.source is not None:
            return Flow(None, x.known_shape, "bool", says=_unlike(x, value))
        case "ops.Any", (Flow(says=str(said)) as x,) if _over_last(layer, call):
            return Flow(None, x.shape[:-1], "bool", says=f"any {said}")
    return None


def _over_last(layer: Layer, call: Call) -> bool:
    axis = call.kwargs.get("axis", layer.config.get("axis"))
    keeps = call.kwargs.get("keepdims", layer.config.get("keepdims", False))
    return (axis == [-1] or axis == (-1,) or axis == -1) and not keeps
