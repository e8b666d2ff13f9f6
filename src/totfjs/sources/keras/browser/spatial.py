"""Shapes of images: sizes of windows, channels that come first, and sequences as images one pixel wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from totfjs.sources.keras.browser.flow import Flow, Obstacle, Shape
from totfjs.sources.keras.browser.use import Use


def sizes(use: Use, key: str, rank: int, default: Any = 1) -> list[int]:
    """An argument of one number per spatial dim."""
    value = use.get(key, default)
    listed = [int(value)] * rank if isinstance(value, int) else [int(each) for each in value]
    if len(listed) != rank:
        raise Obstacle(f"its {key} is {value}")
    return listed


def check_volume(strides: Sequence[int], kernel: Sequence[int], padding: str) -> None:
    """Windows of volumes that TensorFlow.js puts in their places."""
    if padding == "same" and any(stride > size for stride, size in zip(strides, kernel, strict=True)):
        raise Obstacle("TensorFlow.js misplaces windows over volumes that are smaller than their strides")


def window(size: int | None, kernel: int, padding: str, stride: int, dilation: int = 1) -> int | None:
    """How many places a window takes."""
    if size is None:
        return None
    length = size if padding == "same" else size - dilation * (kernel - 1)
    if length < 1:
        raise Obstacle("its window is larger than its input, or the input is empty")
    return -(-length // stride)


def channels_last(use: Use, x: Flow, rule: Callable[[Flow], Flow], result_rank: int | None = None) -> Flow:
    """A rule for channels that come last; where they come first, they are moved and moved back."""
    if use.get("data_format", "channels_last") != "channels_first":
        return rule(x)
    result = rule(_to_last(use, x))
    if result_rank is not None and result.rank == result_rank:
        return result
    shape = (result.shape[0], result.shape[-1], *result.shape[1:-1])
    return use.emit("Permute", result, shape, "first", dims=[result.rank - 1, *range(1, result.rank - 1)])


def convolved(use: Use, rule: Callable[[Use, Flow], Flow]) -> Flow:
    """A rule that ends with an activation; one along the last dim waits until the channels are back in their place."""
    from totfjs.sources.keras.browser.activations import activate, is_along

    if use.get("data_format", "channels_last") != "channels_first" or not is_along(use):
        return channels_last(use, use.x, lambda x: rule(use, x))
    bare = replace(use, layer=replace(use.layer, config={**use.layer.config, "activation": None}))
    return activate(use, channels_last(use, use.x, lambda x: rule(bare, x)), use.get("activation"))


def _to_last(use: Use, x: Flow) -> Flow:
    shape = (x.shape[0], *x.shape[2:], x.shape[1])
    return use.emit("Permute", x, shape, "last", dims=[*range(2, x.rank), 1])


def reshaped(use: Use, x: Flow, shape: Sequence[int | None], part: str) -> Flow:
    """The tensor under another shape (without the batch), of which one dim may be dynamic."""
    if tuple(x.shape[1:]) == tuple(shape):
        return x
    dynamic = [size for size in shape if size is None]
    if len(dynamic) > 1:
        raise Obstacle("it has to be said with a Reshape, and more than one dim is dynamic")
    if 0 in shape:
        raise Obstacle("a dim of its input is empty")
    return use.emit("Reshape", x, (x.shape[0], *shape), part,
                    target_shape=[-1 if size is None else size for size in shape])  # fmt: skip


def permuted(use: Use, x: Flow, order: Sequence[int], part: str) -> Flow:
    """The tensor with its dims (counted from one) in another order."""
    if list(order) == list(range(1, x.rank)):
        return x
    return use.emit("Permute", x, (x.shape[0], *(x.shape[axis] for axis in order)), part, dims=list(order))


def product(*values: int | None) -> int | None:
    """The product of dims, None where one is dynamic."""
    known = [value for value in values if value is not None]
    return prod(known) if len(known) == len(values) else None


def added(size: int | None, more: int) -> int | None:
    """A dim with more."""
    return None if size is None else size + more


def as_image(use: Use, x: Flow, rule: Callable[[Flow], Flow]) -> Flow:
    """A rule for images, applied to a sequence: an image of one column."""
    image = reshaped(use, x, (x.shape[1], 1, x.shape[2]), "image")
    result = rule(image)
    return reshaped(use, result, (result.shape[1], result.shape[3]), "sequence")


def padded(use: Use, x: Flow, pads: Sequence[Sequence[int]], part: str = "pad") -> Flow:
    """An image with zeros around it."""
    rows, columns = pads
    shape: Shape = (x.shape[0], added(x.shape[1], sum(rows)), added(x.shape[2], sum(columns)), x.shape[3])
    return use.emit("ZeroPadding2D", x, shape, part, padding=[list(rows), list(columns)], data_format="channels_last")
