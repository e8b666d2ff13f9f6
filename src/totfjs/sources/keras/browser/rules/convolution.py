"""Convolutions: plain, depthwise, separable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from totfjs.sources.keras.browser.activations import split
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.spatial import as_image, check_volume, convolved, padded, sizes, window
from totfjs.sources.keras.browser.use import Use
from totfjs.weights.array import Array


def _windows(use: Use, rank: int) -> dict[str, Any]:
    """Kernel, strides, dilation and padding."""
    found = {key: sizes(use, key, rank) for key in ("kernel_size", "strides", "dilation_rate")}
    return {**found, "padding": use.get("padding", "valid"), "data_format": "channels_last"}


def _bias(use: Use) -> dict[str, Any]:
    own = ("bias",) if use.get("use_bias", True) else ()
    return {"use_bias": bool(own), **use.prepared(*own)}


def _after(x: Flow, windows: dict[str, Any], filters: int) -> tuple[int | None, ...]:
    padding = windows["padding"]
    lists = zip(x.shape[1:-1], windows["kernel_size"], windows["strides"], windows["dilation_rate"], strict=True)
    spatial = (window(size, kernel, padding, stride, dilation) for size, kernel, stride, dilation in lists)
    return (x.shape[0], *spatial, filters)


def _causal(use: Use, x: Flow, windows: dict[str, Any]) -> tuple[Flow, dict[str, Any]]:
    """Causal padding is zeros before the sequence."""
    if windows["padding"] != "causal":
        return x, windows
    before = windows["dilation_rate"][0] * (windows["kernel_size"][0] - 1)
    shifted = as_image(use, x, lambda image: padded(use, image, [[before, 0], [0, 0]]))
    return shifted, {**windows, "padding": "valid"}


def _conv(rank: int) -> Callable[[Use], Flow]:
    kind = f"Conv{rank}D"

    def plain(use: Use, x: Flow) -> Flow:
        inner, then = split(use)
        windows, filters = _windows(use, rank), use.get("filters")
        config = {**use.prepared("kernel"), **_bias(use), "activation": inner}
        if use.get("lora_rank"):
            raise Obstacle("it has adapters, which tfjs-layers lacks")
        x, windows = _causal(use, use.float(x), windows)
        if rank == 3:
            check_volume(windows["strides"], windows["kernel_size"], windows["padding"])
        shape = _after(x, windows, filters)
        return then(use.emit(kind, x, shape, "", use.weights("kernel", "bias"), filters=filters, **windows, **config))

    def rule(use: Use) -> Flow:
        groups = use.get("groups", 1)
        if groups == 1:
            return convolved(use, plain)
        if rank == 3:
            raise Obstacle("tfjs-layers lacks groups")
        return convolved(use, lambda own, x: _grouped(own, x, rank, groups))

    return rule


def _grouped(use: Use, x: Flow, rank: int, groups: int) -> Flow:
    """A group for each channel is a depthwise convolution; others tfjs-layers lacks."""
    if x.channels != groups:
        raise Obstacle("tfjs-layers lacks groups, unless each channel is one")
    times = use.get("filters") // groups
    kernel = use.weight("kernel")
    return _depthwise_of(use, x, rank, kernel.reshape((*kernel.shape[:-2], groups, times)), times, "kernel")


def _depthwise(rank: int) -> Callable[[Use], Flow]:
    def rule(use: Use) -> Flow:
        times = use.get("depth_multiplier", 1)
        name = "depthwise" if f"depthwise_{'initializer'}" in use.layer.config else "kernel"
        kernel = use.weight("kernel") if "kernel" in use.layer.weights else use.weight("depthwise_kernel")
        return convolved(use, lambda own, x: _depthwise_of(own, x, rank, kernel, times, name))

    return rule


def _depthwise_of(use: Use, x: Flow, rank: int, kernel: Array, times: int, prepared: str) -> Flow:
    inner, then = split(use)
    windows = _windows(use, rank)
    if any(rate != 1 for rate in windows["dilation_rate"]):
        raise Obstacle("TensorFlow.js ignores the dilation of its depthwise convolutions")
    config = {key.replace(f"{prepared}_", "depthwise_"): value for key, value in use.prepared(prepared).items()}
    config |= {**_bias(use), "activation": inner, "depth_multiplier": times}
    x, windows = _causal(use, use.float(x), windows)
    if rank == 1:
        return then(as_image(use, x, lambda image: _depthwise_image(use, image, kernel, windows, config)))
    return then(_depthwise_image(use, x, kernel, windows, config))


def _as_columns(windows: dict[str, Any], kernel: Array) -> tuple[dict[str, Any], Array]:
    """The windows of a sequence for an image of one column: strides are equal, as TensorFlow.js wants them."""
    if len(windows["kernel_size"]) == 2:
        return windows, kernel
    wide = {key: [windows[key][0], other] for key, other in (("kernel_size", 1), ("dilation_rate", 1))}
    wide["strides"] = windows["strides"] * 2
    return {**windows, **wide}, kernel.reshape((kernel.shape[0], 1, *kernel.shape[1:]))


def _depthwise_image(use: Use, x: Flow, kernel: Array, windows: dict[str, Any], config: dict[str, Any]) -> Flow:
    windows, kernel = _as_columns(windows, kernel)
    weights = [("depthwise_kernel", kernel), *use.weights("bias")]
    shape = _after(x, windows, x.channels * config["depth_multiplier"])
    return use.emit("DepthwiseConv2D", x, shape, "", weights, **windows, **config)


def _separable(rank: int) -> Callable[[Use], Flow]:
    def image(use: Use, x: Flow, windows: dict[str, Any], inner: str) -> Flow:
        depthwise, pointwise = use.weight("depthwise_kernel"), use.weight("pointwise_kernel")
        windows, depthwise = _as_columns(windows, depthwise)
        pointwise = pointwise.reshape((1, 1, *pointwise.shape[-2:]))
        config = {**use.prepared("depthwise", "pointwise"), **_bias(use), "activation": inner}
        weights = [("depthwise_kernel", depthwise), ("pointwise_kernel", pointwise), *use.weights("bias")]
        filters = use.get("filters")
        shape = _after(x, windows, filters)
        return use.emit("SeparableConv2D", x, shape, "", weights, filters=filters,
                        depth_multiplier=use.get("depth_multiplier", 1), **windows, **config)  # fmt: skip

    def plain(use: Use, x: Flow) -> Flow:
        inner, then = split(use)
        x, windows = _causal(use, use.float(x), _windows(use, rank))
        if rank == 1:
            return then(as_image(use, x, lambda column: image(use, column, windows, inner)))
        return then(image(use, x, windows, inner))

    return lambda use: convolved(use, plain)


LAYERS = {
    "Conv1D": _conv(1),
    "Conv2D": _conv(2),
    "Conv3D": _conv(3),
    "DepthwiseConv1D": _depthwise(1),
    "DepthwiseConv2D": _depthwise(2),
    "SeparableConv1D": _separable(1),
    "SeparableConv2D": _separable(2),
}
