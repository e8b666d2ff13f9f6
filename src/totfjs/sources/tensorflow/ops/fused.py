"""Ops that TensorFlow's own optimiser makes of several: convolutions with their bias, normalisation and activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import activations
from totfjs.recipes.convolution import convolution
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.tensorflow.ops.convolution import convolved, each_channel, window
from totfjs.sources.tensorflow.ops.normalisation import Norm, normalised
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats
from totfjs.sources.tensorflow.use import Use

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "Elu": activations.elu,
    "GeluApproximate": lambda x: activations.gelu(x, approximate=True),
    "GeluExact": activations.gelu,
    "Identity": lambda x: x,
    "Relu": activations.rectified,
    "Relu6": activations.relu6,
    "Sigmoid": lambda x: elementwise("Sigmoid", x),
    "Tanh": lambda x: elementwise("Tanh", x),
    "_FusedHardSwish": activations.hard_silu,
    "_MklSwish": activations.silu,
}


def activation(use: Use, x: Tensor, name: str) -> Tensor:
    """What a fused op does to its result, by the name of the op that was fused."""
    if name == "LeakyRelu":
        return activations.leaky_relu(x, float(use.attr("leakyrelu_alpha", 0.2)))
    if name not in _ACTIVATIONS:
        raise OpError(f"{name} is fused into it, which totfjs does not know")
    return _ACTIVATIONS[name](x)


def finished(use: Use, y: Tensor, more: Sequence[Tensor]) -> Tensor:
    """A product with all that is fused into it, in order; `more` are the operands of what is fused, channels last."""
    rest = iter(more)
    for name in (bytes(each).decode() for each in use.attr("fused_ops", ())):
        if name in ("BiasAdd", "Add"):
            y = elementwise("AddV2", y, _next(rest))
        elif name == "FusedBatchNorm":
            y = _normalised(use, y, [_next(rest) for _ in range(4)])
        else:
            y = activation(use, y, name)
    if next(rest, None) is not None:
        raise OpError("it has operands that nothing fused into it takes")
    return y


def _next(rest: Iterator[Tensor]) -> Tensor:
    found = next(rest, None)
    if found is None:
        raise OpError("operands of what is fused into it are missing")
    return found


def _normalised(use: Use, y: Tensor, moments: Sequence[Tensor]) -> Tensor:
    epsilon = float(use.attr("epsilon", 0.0001))
    if use.builder.refusal("FusedBatchNormV3", y, *moments, epsilon=epsilon) is None:
        return use.op("FusedBatchNormV3", y, *moments, epsilon=epsilon)
    scale, offset, mean, variance = moments
    return Norm(y, scale, offset, mean, variance, epsilon).by(mean, variance, y.rank - 1)


def _convolution(use: Use, product: Callable[[Use], Tensor]) -> Tensor:
    if use.text("filter_format", "HWIO") != "HWIO" or use.attr("num_host_args", 0):
        raise OpError("its kernel is laid out for another machine")
    if any(use.attr("padding_list", ())):
        raise OpError("a padding is fused into it")
    more = [channels_last(use, x) if x.rank > 1 else x for x in use.tensors[2:]]
    return as_given(use, finished(use, product(use), more))


def _norm_and_activation(use: Use) -> list[Tensor]:
    y, *rest = normalised(use, use.tensors[:5])
    for side in use.tensors[5:]:
        y = elementwise("AddV2", y, side)
    return [activation(use, y, use.text("activation_mode", "Identity")), *rest]


def _padded_convolution(use: Use) -> Tensor:
    return _mirrored_convolution(use, floats(use, 0), 1)


def _resized_and_padded_convolution(use: Use) -> Tensor:
    corners = bool(use.attr("resize_align_corners", False))
    resized = use.op("ResizeBilinear", floats(use, 0), use.tensor(1), align_corners=corners)
    return _mirrored_convolution(use, resized, 2)


def _mirrored_convolution(use: Use, x: Tensor, paddings: int) -> Tensor:
    """The paddings are an operand, and the kernel comes after it."""
    pairs, kernel = np.array(use.integers(paddings, "the paddings"), np.int32).reshape(-1, 2), floats(use, paddings + 1)
    if pairs.any():
        x = use.op("MirrorPad", x, pairs, mode=use.text("mode"))
    return convolution(x, kernel, window(use, x, kernel))


_NORM_OUTPUTS = ("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3")
_MKL = (
    "_MklAddN", "_MklAvgPool", "_MklConv2D", "_MklConv2DWithBias", "_MklConv3D", "_MklDepthwiseConv2dNative",
    "_MklFusedBatchMatMulV2", "_MklFusedBatchNormV3", "_MklFusedConv2D", "_MklFusedDepthwiseConv2dNative",
    "_MklFusedInstanceNorm", "_MklFusedMatMul", "_MklFusedMish", "_MklInputConversion", "_MklLayerNorm", "_MklMatMul",
    "_MklMaxPool", "_MklNativeBatchMatMulV2", "_MklNativeConv2D", "_MklNativeDepthwiseConv2dNative",
    "_MklNativeFusedBatchNormV3", "_MklNativeFusedConv2D", "_MklNativeFusedDepthwiseConv2dNative",
    "_MklNativeFusedMatMul", "_MklNativeMatMul", "_MklNativeMaxPool", "_MklNativePadWithFusedConv2D", "_MklRelu",
    "_MklReshape", "_MklSoftmax", "_MklSwish", "_MklToTf", "_MklTranspose", "_MklPadWithFusedConv2D",
)  # fmt: skip

OPS: dict[str, Row] = {
    "_FusedConv2D": partial(_convolution, product=partial(convolved, rank=2)),
    "_FusedConv3D": partial(_convolution, product=partial(convolved, rank=3)),
    "_FusedDepthwiseConv2dNative": partial(_convolution, product=each_channel),
    "_FusedBatchNormEx": Op(_norm_and_activation, outputs=_NORM_OUTPUTS),
    "FusedPadConv2D": _padded_convolution,
    "FusedResizeAndPadConv2D": _resized_and_padded_convolution,
}
REFUSED = dict.fromkeys(_MKL, "the optimiser of TensorFlow wrote it for one kind of machine")
