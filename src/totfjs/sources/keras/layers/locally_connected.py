"""Convolutions of tf-keras whose kernel differs from place to place."""

from __future__ import annotations

from functools import partial

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.windows import Windows, taps
from totfjs.sources.keras.layers.activations import activate
from totfjs.sources.keras.layers.convolution import biased
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.space import as_given, channels_last, is_channels_first, numbers
from totfjs.sources.keras.use import Use


def _local(use: Use, rank: int) -> Tensor:
    if (use.config.get("implementation") or 1) != 1 or use.config.get("padding", "valid") != "valid":
        raise use.refuse("totfjs knows it with implementation=1 and padding='valid' only")
    seen, kernel = _patches(use, channels_last(use, rank), rank), use.weight("kernel")
    batch, *places, length = seen.shape
    count = dims.product(places)
    if kernel.shape[:2] != (count, length):
        raise use.refuse(f"its kernel {list(kernel.shape)} is not for {count} places of {length} values")
    product = dot(reshape(seen, (batch, count, length)), kernel, ((2,), (1,)), ((1,), (0,)))
    y = reshape(transpose(product, (1, 0, 2)), (batch, *places, kernel.shape[-1]))
    return activate(use, _with_bias(use, as_given(use, y)))


def _patches(use: Use, x: Tensor, rank: int) -> Tensor:
    """What each place sees (batch, space…, values), in the order of the argument's dims."""
    sizes, strides = numbers(use, "kernel_size", rank), numbers(use, "strides", rank)
    windows = Windows((1, *sizes, 1), (1, *strides, 1), ((0, 0),) * x.rank, (1,) * x.rank)
    parts = [values for _, values in taps(x, windows, 0.0)]
    stacked = x.builder.op("Pack", *parts, axis=x.rank if is_channels_first(use) else x.rank - 1)
    shape = stacked.shape
    return reshape(stacked, (*shape[:-2], shape[-2] * shape[-1]))


def _with_bias(use: Use, y: Tensor) -> Tensor:
    """The bias has a value for each place and filter; tf-keras reads it as it lies in memory."""
    if "bias" not in use.layer.weights:
        return y
    bias = use.weight("bias")
    *places, filters = bias.shape
    return y + (reshape(bias, (filters, *places)) if is_channels_first(use) else bias)


LAYERS = {f"LocallyConnected{rank}D": Kind(partial(_local, rank=rank), biased(Variable("kernel"))) for rank in (1, 2)}
