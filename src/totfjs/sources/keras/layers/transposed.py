"""Transposed convolutions: each place of the argument is spread over the window that it would have come from."""

from __future__ import annotations

from functools import partial

from totfjs.graph.builder import Tensor
from totfjs.recipes.convolution import Window
from totfjs.recipes.transposed_convolution import transposed_convolution
from totfjs.sources.keras.layers.convolution import biased, finished
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.space import channels_last, numbers
from totfjs.sources.keras.use import Use


def _transposed(use: Use, rank: int) -> Tensor:
    x, kernel = channels_last(use, rank), use.weight("kernel")
    strides, dilation = numbers(use, "strides", rank), numbers(use, "dilation_rate", rank)
    pads = tuple(_pads(use, rank, axis, strides[axis], dilation[axis]) for axis in range(rank))
    result = transposed_convolution(x, kernel, Window(strides, pads, dilation, (1,) * rank))
    _check_told_shape(use, result)
    return finished(use, result)


def _check_told_shape(use: Use, result: Tensor) -> None:
    """Keras 1 was told the sizes of the result, which need not be those that follow."""
    told = use.config.get("output_shape")
    if told is None:
        return
    sizes = told[2:] if use.config.get("data_format") == "channels_first" else told[1:-1]
    if any(isinstance(have, int) and have != want for have, want in zip(result.shape[1:-1], sizes, strict=True)):
        raise use.refuse(f"it was told to give {list(sizes)}, where {list(result.shape[1:-1])} follows")


def _pads(use: Use, rank: int, axis: int, stride: int, dilation: int) -> tuple[int, int]:
    """What comes around the argument, its places apart, when the kernel moves over it by 1."""
    extent = (numbers(use, "kernel_size", rank)[axis] - 1) * dilation + 1
    more = None if use.config.get("output_padding") is None else numbers(use, "output_padding", rank, 0)[axis]
    match str(use.config.get("padding") or "valid").lower():
        case "valid":
            return extent - 1, extent - 1 + (max(stride - extent, 0) if more is None else more)
        case "same":
            total = stride + extent - 2 if more is None else extent + extent % 2 - 2 + more
            before = min(total - total // 2, extent - 1)
            return before, total - before
    raise use.refuse(f"its padding {use.config['padding']!r} is not known")


_KERNEL = biased(Variable("kernel"))
LAYERS = {f"Conv{rank}DTranspose": Kind(partial(_transposed, rank=rank), _KERNEL) for rank in (1, 2, 3)}
