"""Operations that are layers without their weights: convolutions and pools, which take kernels as arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.sources.keras.architecture import Call
from totfjs.sources.keras.layers import kinds
from totfjs.sources.keras.layers.kind import Rule
from totfjs.sources.keras.operations.binding import arguments
from totfjs.sources.keras.operations.numbers import converted, floating
from totfjs.sources.keras.use import Flow, Use


def as_layer(use: Use, kind: str, x: Tensor, config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> Any:
    """What a layer of a class gives for a tensor and weights that may be computed."""
    layer = replace(use.layer, kind=kind, package="keras.layers", config=config, weights=weights, children={})  # type: ignore[arg-type]
    given = replace(use, layer=layer, call=Call((Flow(x),)), const=lambda weight, name: weight)  # type: ignore[arg-type,return-value]
    return kinds()[kind].lower(given)


def bound(use: Use, *names: str) -> dict[str, Any]:
    """The arguments of the call by name."""
    args, kwargs = arguments(use)
    found = dict(zip(names, args, strict=False)) | kwargs
    if set(found) != set(names):
        raise OpError(f"it is called with {', '.join(found)}, and takes {', '.join(names)}")
    return found


def _convolution(kind: str, names: tuple[str, ...], weights: tuple[str, ...]) -> Rule:
    def lowered(use: Use) -> Any:
        found = bound(use, *names)
        x = floating(found["inputs"])
        kernels = {name: floating(found[given]) for given, name in zip(names[1:], weights, strict=True)}
        rank = x.rank - 2
        shape = next(iter(kernels.values())).shape[:rank]
        config = {**use.config, "kernel_size": list(shape), "use_bias": False, "activation": None}
        return as_layer(use, kind.format(rank), x, config, kernels)

    return lowered


def _pool(kind: str) -> Rule:
    def lowered(use: Use) -> Any:
        x = bound(use, "inputs")["inputs"]
        whole = x.dtype is not DType.FLOAT32
        result = as_layer(use, kind.format(x.rank - 2), floating(x), use.config, {})
        return converted(result, x.dtype) if whole and "Max" in kind else result

    return lowered


_DEPTHWISE = ("inputs", "kernel"), ("kernel",)
OPERATIONS: dict[str, Callable[[Use], Any]] = {
    "ops.Conv": _convolution("Conv{}D", *_DEPTHWISE),
    "ops.DepthwiseConv": _convolution("DepthwiseConv{}D", *_DEPTHWISE),
    "ops.ConvTranspose": _convolution("Conv{}DTranspose", *_DEPTHWISE),
    "ops.SeparableConv": _convolution(
        "SeparableConv{}D",
        ("inputs", "depthwise_kernel", "pointwise_kernel"),
        ("depthwise_kernel", "pointwise_kernel"),
    ),
    "ops.MaxPool": _pool("MaxPooling{}D"),
    "ops.AveragePool": _pool("AveragePooling{}D"),
    "ops.AdaptiveMaxPool": _pool("AdaptiveMaxPooling{}D"),
    "ops.AdaptiveAveragePool": _pool("AdaptiveAveragePooling{}D"),
}
