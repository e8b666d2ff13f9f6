"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from totfjs.sources.keras.browser.activations import split
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.spatial import as_image, convolved, sizes
from totfjs.sources.keras.browser.use import Use


def _length(size: int | None, kernel: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    return size * stride + (max(kernel - stride, 0) if padding == "valid" else 0)


def _transposed(rank: int) -> Callable[[Use], Flow]:
    def drawn(use: Use, x: Flow, inner: str) -> Flow:
        wide = [1] if rank == 1 else []
        kernel, strides = sizes(use, "kernel_size", rank) + wide, sizes(use, "strides", rank) + wide
        padding, filters = use.get("padding", "valid"), use.get("filters")
        own = ("bias",) if use.get("use_bias", True) else ()
        config: dict[str, Any] = {**use.prepared("kernel", *own), "use_bias": bool(own), "activation": inner}
        weight = use.weight("kernel")
        weight = weight.reshape((weight.shape[0], 1, *weight.shape[1:])) if rank == 1 else weight
        lists = zip(x.shape[1:-1], kernel, strides, strict=True)
        shape = (x.shape[0], *(_length(size, width, stride, padding) for size, width, stride in lists), filters)
        return use.emit(
            f"Conv{max(rank, 2)}DTranspose", x, shape, "", [("kernel", weight), *use.weights("bias")], filters=filters,
            kernel_size=kernel, strides=strides, padding=padding, data_format="channels_last", **config,
        )  # fmt: skip

    def plain(use: Use, x: Flow) -> Flow:
        inner, then = split(use)
        if use.get("output_padding") is not None:
            raise Obstacle("tfjs-layers lacks output_padding")
        if any(rate != 1 for rate in sizes(use, "dilation_rate", rank)):
            raise Obstacle("tfjs-layers lacks dilation of transposed convolutions")
        x = use.float(x)
        if rank == 1:
            return then(as_image(use, x, lambda image: drawn(use, image, inner)))
        return then(drawn(use, x, inner))

    return lambda use: convolved(use, plain)


def _volume(_: Use) -> Flow:
    raise Obstacle("TensorFlow.js on wasm computes transposed convolutions of volumes wrongly")


LAYERS = {"Conv1DTranspose": _transposed(1), "Conv2DTranspose": _transposed(2), "Conv3DTranspose": _volume}
