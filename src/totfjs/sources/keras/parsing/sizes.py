"""Weights against what their layers say of them: a file that contradicts itself is no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from totfjs.errors import WeightsMismatchError
from totfjs.sources.keras.architecture import Layer, Model

# The dims of a weight that the arguments of a layer decide, from the last; None for those which they do not.
_Sizes = Callable[[Mapping[str, Any]], Sequence[Any]]


def _convolution(config: Mapping[str, Any]) -> Sequence[Any]:
    return [*_listed(config.get("kernel_size")), None, config.get("filters")]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _gates(count: int) -> _Sizes:
    def sizes(config: Mapping[str, Any]) -> Sequence[Any]:
        units = config.get("units")
        return [units, units * count if isinstance(units, int) else units]

    return sizes


_KNOWN: dict[str, tuple[str, _Sizes]] = {
    "Dense": ("kernel", lambda config: [config.get("units")]),
    "Conv1D": ("kernel", _convolution),
    "Conv2D": ("kernel", _convolution),
    "Conv3D": ("kernel", _convolution),
    "Embedding": ("embeddings", lambda config: [config.get("input_dim"), config.get("output_dim")]),
    "SimpleRNNCell": ("recurrent_kernel", _gates(1)),
    "GRUCell": ("recurrent_kernel", _gates(3)),
    "LSTMCell": ("recurrent_kernel", _gates(4)),
}


def check_sizes(model: Model) -> None:
    """Raises where a weight has not the size that its layer's arguments give it."""
    for layer in model.walk():
        name, sizes = _KNOWN.get(layer.kind, ("", None))
        weight = layer.weights.get(name)
        if sizes is None or weight is None or layer.config.get("quantization_config"):
            continue
        expected = sizes(layer.config)
        found = weight.shape[-len(expected) :]
        if len(found) != len(expected) or not all(map(_fits, found, expected)):
            raise _contradiction(layer, name, weight.shape, expected)


def _fits(size: int, expected: Any) -> bool:
    return expected is None or size == expected


def _contradiction(layer: Layer, name: str, shape: Sequence[int], expected: Sequence[Any]) -> WeightsMismatchError:
    sizes = ", ".join("?" if size is None else str(size) for size in expected)
    return WeightsMismatchError(
        f"The {name} of {layer} has the shape {list(shape)}, which its arguments say ends in [{sizes}].",
        remedy="Save the model again.",
        place=layer.name,
    )
