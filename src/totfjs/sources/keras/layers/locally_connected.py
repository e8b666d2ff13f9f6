"""Convolutions of tf-keras whose kernel differs from place to place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

import numpy as np

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
    implementation, same = use.config.get("implementation") or 1, use.config.get("padding", "valid") == "same"
    if implementation in (2, 3):
        return _as_matrix(use, rank, same, implementation == 3)
    if implementation != 1 or use.config.get("padding", "valid") != "valid":
        raise use.refuse(f"its implementation {implementation!r} with its padding is not known")
    seen, kernel = _patches(use, channels_last(use, rank), rank), use.weight("kernel")
    batch, *places, length = seen.shape
    count = dims.product(places)
    if kernel.shape[:2] != (count, length):
        raise use.refuse(f"its kernel {list(kernel.shape)} is not for {count} places of {length} values")
    product = dot(reshape(seen, (batch, count, length)), kernel, ((2,), (1,)), ((1,), (0,)))
    y = reshape(transpose(product, (1, 0, 2)), (batch, *places, kernel.shape[-1]))
    return activate(use, _with_bias(use, as_given(use, y)))


def _as_matrix(use: Use, rank: int, same: bool, sparse: bool) -> Tensor:
    """The kernel is one matrix from all of the input to all of the output, whole or without its zeros."""
    x, first = use.float(use.x), is_channels_first(use)
    given = x.shape[1:]
    if x.rank != rank + 2 or not all(isinstance(size, int) for size in given):
        raise use.refuse("the sizes of its input have to be known", "Give the model's input fixed sizes.")
    sizes, channels = (given[1:], given[0]) if first else (given[:-1], given[-1])
    seen = connected([int(str(size)) for size in sizes], numbers(use, "kernel_size", rank),
                     numbers(use, "strides", rank), same)  # fmt: skip
    filters, places = int(use.config["filters"]), seen.shape[rank:]
    whole = _of_channels(seen, rank, int(str(channels)), filters, first)
    kernel = use.layer.weights["kernel"].numpy().astype(np.float32)
    matrix = np.zeros_like(whole, np.float32)
    if sparse:
        matrix.T[whole.T] = kernel
    else:
        matrix = np.where(whole, kernel.reshape(whole.shape), matrix)
    flat = reshape(x, (x.shape[0], dims.product(given)))
    y = dot(flat, use.builder.const(matrix, name="kernel"), ((1,), (0,)), ((), ()))
    shape = (filters, *places) if first else (*places, filters)
    return activate(use, _with_bias(use, reshape(y, (x.shape[0], *shape))))


def _of_channels(seen: np.ndarray, rank: int, channels: int, filters: int, first: bool) -> np.ndarray:
    """Which inputs reach which outputs, channels among them, as a matrix."""
    before, after = seen.shape[:rank], seen.shape[rank:]
    shape = (channels, *before, filters, *after) if first else (*before, channels, *after, filters)
    places = (0, rank + 1) if first else (rank, 2 * rank + 1)
    return np.broadcast_to(np.expand_dims(seen, places), shape).reshape(channels * prod(before), filters * prod(after))


def connected(sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], same: bool) -> np.ndarray:
    """Whether each place of the input (first dims) is under the window of each place of the output (last dims)."""
    found = np.ones((1,) * (2 * len(sizes)), bool)
    for axis, (size, length, step) in enumerate(zip(sizes, kernel, strides, strict=True)):
        count = -(-size // step) if same else (size - length) // step + 1
        starts = np.arange(count) * step - (length // 2 if same else 0)
        apart = np.arange(size)[:, None] - starts
        shape = [1] * (2 * len(sizes))
        shape[axis], shape[axis + len(sizes)] = size, count
        found = found & ((apart >= 0) & (apart < length)).reshape(shape)
    return found


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
