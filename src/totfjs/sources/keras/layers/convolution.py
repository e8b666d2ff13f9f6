"""Convolutions over 1 to 3 dims: full, in groups, of each channel alone, and the two in a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from totfjs.graph.builder import Tensor
from totfjs.recipes.convolution import Window, convolution
from totfjs.recipes.shapes import reshape
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.activations import activate
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.lora import adapted, with_lora
from totfjs.sources.keras.layers.space import as_given, channels_last, numbers, pads
from totfjs.sources.keras.use import Use


def _conv(use: Use, rank: int) -> Tensor:
    x, kernel = channels_last(use, rank), adapted(use)
    return finished(use, convolution(x, kernel, _window(use, x, rank), _groups(use, x, kernel)))


def _depthwise(use: Use, rank: int) -> Tensor:
    return finished(use, _each_alone(use, channels_last(use, rank), use.weight("kernel")))


def _separable(use: Use, rank: int) -> Tensor:
    between = _each_alone(use, channels_last(use, rank), use.weight("depthwise_kernel"))
    still = Window((1,) * rank, ((0, 0),) * rank, (1,) * rank, (1,) * rank)
    return finished(use, convolution(between, use.weight("pointwise_kernel"), still))


def _each_alone(use: Use, x: Tensor, kernel: Tensor) -> Tensor:
    """Each channel with filters of its own; the kernel is (space…, channels, multiplier)."""
    *sizes, channels, multiplier = kernel.shape
    if not isinstance(channels, int):
        raise use.refuse("the number of its channels is not known")
    grouped = reshape(kernel, (*sizes, 1, channels * multiplier))
    return convolution(x, grouped, _window(use, x, x.rank - 2), channels)


def _window(use: Use, x: Tensor, rank: int) -> Window:
    strides, dilation = numbers(use, "strides", rank), numbers(use, "dilation_rate", rank)
    sizes = numbers(use, "kernel_size", rank)
    extents = [(size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True)]
    return Window(strides, pads(use, x.shape[1:-1], extents, strides), dilation, (1,) * rank)


def _groups(use: Use, x: Tensor, kernel: Tensor) -> int:
    """How many groups the channels make: as many as kernels of that depth need."""
    channels, depth = x.shape[-1], kernel.shape[-2]
    if not isinstance(channels, int) or not isinstance(depth, int) or channels % depth:
        raise use.refuse(f"a kernel of depth {depth} does not fit {channels} channels")
    return channels // depth


def finished(use: Use, y: Tensor) -> Tensor:
    """With the bias, in the layout of the argument, through the activation."""
    if "bias" in use.layer.weights:
        y = y + use.weight("bias")
    return activate(use, as_given(use, y))


def biased(*variables: Variable) -> Callable[[Layer], tuple[Variable, ...]]:
    """Variables of a layer that has a bias unless it is told otherwise."""
    bias = Variable("bias")
    return lambda layer: (*variables, bias) if layer.config.get("use_bias", True) else variables


_KERNEL = biased(Variable("kernel"))
_DEPTHWISE = biased(Variable("kernel", also=("depthwise_kernel",)))
_SEPARABLE = biased(Variable("depthwise_kernel"), Variable("pointwise_kernel"))

LAYERS = {
    **{f"Conv{rank}D": Kind(partial(_conv, rank=rank), with_lora(_KERNEL)) for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": Kind(partial(_depthwise, rank=rank), _DEPTHWISE) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": Kind(partial(_separable, rank=rank), _SEPARABLE) for rank in (1, 2)},
}
