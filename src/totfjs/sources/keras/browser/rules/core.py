"""Dense products, embeddings, masks, and what does nothing."""

from __future__ import annotations

from dataclasses import replace

from totfjs.sources.keras.browser.activations import activate, split
from totfjs.sources.keras.browser.flow import Flow, Obstacle
from totfjs.sources.keras.browser.masks import own_mask
from totfjs.sources.keras.browser.use import Use


def identity(use: Use) -> Flow:
    """What gives its input back."""
    x = use.x
    flow = use.emit("Activation", x, x.known_shape, activation="linear")
    return Flow(flow.source, flow.known_shape, x.dtype, given=flow.given)


def _identities(use: Use) -> list[Flow]:
    """Each of its inputs."""
    xs = use.xs
    if len(xs) == 1:
        return [identity(use)]
    flows = [use.emit("Activation", x, x.known_shape, str(index), activation="linear") for index, x in enumerate(xs)]
    return [replace(flow, dtype=x.dtype) for flow, x in zip(flows, xs, strict=True)]


def _dense(use: Use) -> Flow:
    if use.get("lora_rank") or use.get("quantization_config"):
        raise Obstacle("it has adapters or quantized weights, which tfjs-layers lacks")
    inner, then = split(use)
    config = use.prepared("kernel", *(("bias",) if use.get("use_bias", True) else ()))
    x = use.float(use.x)
    shape = (*x.shape[:-1], use.get("units"))
    return then(
        use.emit("Dense", x, shape, weights=use.weights("kernel", "bias"), units=use.get("units"), activation=inner,
                 use_bias=use.get("use_bias", True), **config)
    )  # fmt: skip


def _embedding(use: Use) -> Flow:
    if use.get("lora_rank") or use.get("quantization_config"):
        raise Obstacle("it has adapters or quantized weights, which tfjs-layers lacks")
    x, masks = use.x, bool(use.get("mask_zero", False))
    config = use.prepared("embeddings")
    sizes = {"input_dim": use.get("input_dim"), "output_dim": use.get("output_dim")}
    shape = (*x.shape, use.get("output_dim"))
    flow = use.emit("Embedding", x, shape, weights=use.weights("embeddings"), mask_zero=masks, **sizes, **config)
    if not masks:
        return flow
    use.sketch.masks = True
    return Flow(flow.source, flow.known_shape, given=own_mask(use.layer, [x]))


def _masking(use: Use) -> Flow:
    x, value = use.x, use.get("mask_value", 0.0)
    if not isinstance(value, int | float):
        raise Obstacle("its mask_value is not a number")
    flow = use.emit("Masking", x, x.shape, mask_value=value)
    use.sketch.masks = True
    return Flow(flow.source, flow.known_shape, given=own_mask(use.layer, [x]))


def _activation(use: Use) -> Flow:
    return activate(use, use.x, use.layer.config.get("activation"), "")


LAYERS = {
    "Dense": _dense,
    "Embedding": _embedding,
    "Masking": _masking,
    "Activation": _activation,
    "Identity": _identities,
}
