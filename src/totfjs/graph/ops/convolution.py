"""Convolutions: every place of the output is a weighted sum over the window that it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.fusion import (
    ARGS,
    BARE_ACTIVATION,
    EPSILON,
    FUSED_OPS,
    GPU_ACTIVATION,
    LEAKYRELU_ALPHA,
    NUM_ARGS,
    check_fused,
    finish,
    nan_rectified,
)
from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    Rule,
    T,
    TensorType,
    element_type,
)
from totfjs.graph.ops.windows import (
    EXPLICIT_PADDINGS,
    NDHWC,
    NHWC,
    PADDING,
    PADDING_OR_EXPLICIT,
    STRIDES,
    Windows,
    kernel_of,
    late_start,
    rank_is,
    same_size,
    windows,
)

FLOAT = frozenset((F32,))
DILATIONS = Attr("dilations", "ints", (1, 1, 1, 1))
T_FLOAT = Attr("T", "type", element_type(1))
CUDNN = Attr("use_cudnn_on_gpu", "bool", True)


# --- meanings -------------------------------------------------------------------------------------------------------


def convolve(x: np.ndarray, weights: np.ndarray, view: Windows) -> np.ndarray:
    """The convolution of `[batch, *spatial, in]` with `[*kernel, in, out]`: one matrix product for each kernel tap."""
    counts = _numbers(view.counts(x.shape[1:-1]))
    total = np.zeros((x.shape[0], *counts, weights.shape[-1]), x.dtype)
    for place, seen in view.taps(view.padded(x), counts):
        total += (seen.reshape(-1, x.shape[-1]) @ weights[place]).reshape(total.shape)
    return total


def convolve_depthwise(x: np.ndarray, weights: np.ndarray, view: Windows) -> np.ndarray:
    """The same channel by channel: the weights are `[*kernel, channels, multiplier]`."""
    counts = _numbers(view.counts(x.shape[1:-1]))
    total = np.zeros((x.shape[0], *counts, *weights.shape[-2:]), x.dtype)
    for place, seen in view.taps(view.padded(x), counts):
        total += seen[..., None] * weights[place]
    return total.reshape(*total.shape[:-2], total.shape[-2] * total.shape[-1])


def convolve_back(shape: Sequence[int], weights: np.ndarray, y: np.ndarray, view: Windows) -> np.ndarray:
    """The transpose of a convolution: every place of `y` is spread over the window that made it."""
    batch, *spatial, channels = shape
    pads = view.pads(spatial)
    around = tuple(size + sum(pad) for size, pad in zip(spatial, pads, strict=True))
    total = np.zeros((batch, *around, channels), y.dtype)
    for place, seen in view.taps(total, y.shape[1:-1]):
        seen += (y.reshape(-1, y.shape[-1]) @ weights[place].T).reshape(seen.shape)
    inner = (slice(before, before + size) for size, (before, _) in zip(spatial, pads, strict=True))
    return total[(slice(None), *inner)]


def _conv(x: np.ndarray, weights: np.ndarray, **attrs: Any) -> np.ndarray:
    return convolve(x, weights, windows(attrs, weights.shape[:-2]))


def _depthwise(x: np.ndarray, weights: np.ndarray, **attrs: Any) -> np.ndarray:
    return convolve_depthwise(x, weights, windows(attrs, weights.shape[:-2]))


def _fused_conv(x: np.ndarray, weights: np.ndarray, args: Sequence[np.ndarray], **attrs: Any) -> np.ndarray:
    return finish(_conv(x, weights, **attrs), args, attrs["fused_ops"], attrs["leakyrelu_alpha"])


def _fused_depthwise(x: np.ndarray, weights: np.ndarray, args: Sequence[np.ndarray], **attrs: Any) -> np.ndarray:
    return finish(_depthwise(x, weights, **attrs), args, attrs["fused_ops"], attrs["leakyrelu_alpha"])


def _conv1d(x: np.ndarray, weights: np.ndarray, **attrs: Any) -> np.ndarray:
    return convolve(x, weights, _line(attrs, weights.shape[:1]))


def _conv_back(shape: np.ndarray, weights: np.ndarray, y: np.ndarray, **attrs: Any) -> np.ndarray:
    return convolve_back(shape.tolist(), weights, y, windows(attrs, weights.shape[:-2]))


def _numbers(counts: Sequence[Size]) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)  # type: ignore[arg-type]


def _line(attrs: Mapping[str, Any], kernel: Sequence[int]) -> Windows:
    return Windows(tuple(kernel), (attrs["stride"],), (attrs["dilation"],), attrs["padding"])


# --- rules ----------------------------------------------------------------------------------------------------------


def _view(call: Call) -> Windows:
    """The windows of a call whose filter is `[*kernel, in, out]` at place 1."""
    return windows(call.attrs, kernel_of(call.shape(1)[:-2]))


def _convolved(rank: int, *, depthwise: bool = False) -> Rule:
    def rule(call: Call) -> TensorType:
        rank_is(call, 0, rank + 2)
        rank_is(call, 1, rank + 2)
        batch, *spatial, channels = call.shape(0)
        *_, taken, given = call.shape(1)
        same_size("the channels of input and filter differ (TensorFlow.js has no groups)", channels, taken)
        return TensorType(F32, (batch, *_view(call).counts(spatial), taken * given if depthwise else given))

    return rule


def _fused(rule: Rule) -> Rule:
    def fused(call: Call) -> TensorType:
        result = rule(call)
        assert isinstance(result, TensorType)
        check_fused(call, result.shape[-1])
        return result

    return fused


def _conv1d_rule(call: Call) -> TensorType:
    rank_is(call, 0, 3)
    rank_is(call, 1, 3)
    batch, width, channels = call.shape(0)
    kernel, taken, given = call.shape(1)
    same_size("the channels of input and filter differ (TensorFlow.js has no groups)", channels, taken)
    return TensorType(F32, (batch, *_line(call.attrs, kernel_of((kernel,))).counts((width,)), given))


def _conv_back_rule(call: Call) -> TensorType:
    rank_is(call, 1, 4)
    rank_is(call, 2, 4)
    shape = call.sizes(0)
    if len(shape) != 4:
        raise ValueError("input_sizes has to hold four sizes")
    taken, given = call.shape(1)[-2:]
    same_size("batch sizes differ", shape[0], call.shape(2)[0])
    same_size("the channels of output and filter differ", shape[-1], taken)
    same_size("the channels of input and filter differ", call.shape(2)[-1], given)
    for made, there in zip(_view(call).counts(shape[1:-1]), call.shape(2)[1:-1], strict=True):
        same_size("input_sizes does not give an input of this size", made, there)
    return TensorType(F32, shape)


# --- limits ---------------------------------------------------------------------------------------------------------


def _strided_and_dilated(call: Call) -> bool:
    return bool(max(call.attrs["strides"]) > 1 and max(call.attrs["dilations"]) > 1)


STRIDED_AND_DILATED = Limit(BACKENDS, "throws", "either strides or dilations have to be 1", _strided_and_dilated)
NATIVE_STRIDED_AND_DILATED = replace(STRIDED_AND_DILATED, backends=("cpu", "webgl"))
SHORT_OF_THE_END = Limit(
    ("wasm",),
    "wrong",
    "SAME with windows that do not reach the end gives zeros",
    lambda call: _view(call).starts_late(call.shape(0)[1:-1]) and max(_view(call).kernel) > 1,
)
EMPTY = Limit(("webgpu",), "throws", "an empty operand", lambda call: 0 in call.shape(0))
UNREAD_DILATIONS = Limit(BACKENDS, "wrong", "dilations are not read", lambda call: max(call.attrs["dilations"]) > 1)
UNREAD_ALPHA = Limit(
    BACKENDS, "wrong", "leakyrelu_alpha is not read", lambda call: "LeakyRelu" in call.attrs["fused_ops"]
)

# --- the table ------------------------------------------------------------------------------------------------------

_PLACES = (STRIDES, PADDING_OR_EXPLICIT, EXPLICIT_PADDINGS, NHWC, DILATIONS)
_X_AND_FILTER = (Input("x", FLOAT), Input("filter", FLOAT))
_NATIVE = _convolved(2, depthwise=True)
_NUMERICS: dict[str, Any] = {"category": "convolution", "tolerance": 1e-5, "accumulates": True}

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Conv2D",
        _X_AND_FILTER,
        _convolved(2),
        _conv,
        (T, *_PLACES, CUDNN),
        (STRIDED_AND_DILATED, SHORT_OF_THE_END, EMPTY),
        **_NUMERICS,
    ),
    OpSpec(
        "_FusedConv2D",
        (*_X_AND_FILTER, ARGS),
        _fused(_convolved(2)),
        _fused_conv,
        (T, *_PLACES, CUDNN, FUSED_OPS, NUM_ARGS, EPSILON, LEAKYRELU_ALPHA),
        (STRIDED_AND_DILATED, BARE_ACTIVATION, SHORT_OF_THE_END, EMPTY),
        (nan_rectified(_fused_conv), GPU_ACTIVATION),
        **_NUMERICS,
    ),
    *(
        OpSpec(
            name,
            _X_AND_FILTER,
            _NATIVE,
            _depthwise,
            (T, *_PLACES),
            (NATIVE_STRIDED_AND_DILATED, SHORT_OF_THE_END),
            **_NUMERICS,
        )
        for name in ("DepthwiseConv2dNative", "DepthwiseConv2d")
    ),
    OpSpec(
        "FusedDepthwiseConv2dNative",
        (*_X_AND_FILTER, ARGS),
        _fused(_NATIVE),
        _fused_depthwise,
        (T, *_PLACES, FUSED_OPS, NUM_ARGS, EPSILON, LEAKYRELU_ALPHA),
        (STRIDED_AND_DILATED, BARE_ACTIVATION, UNREAD_ALPHA, SHORT_OF_THE_END),
        (nan_rectified(_fused_depthwise), GPU_ACTIVATION),
        **_NUMERICS,
    ),
    OpSpec(
        "Conv1D",
        _X_AND_FILTER,
        _conv1d_rule,
        _conv1d,
        (
            T,
            Attr("stride", "int"),
            PADDING,
            Attr("data_format", "string", "NWC", choices=("NWC",)),
            Attr("dilation", "int", 1),
        ),
        (
            Limit(
                BACKENDS,
                "throws",
                "either stride or dilation has to be 1",
                lambda call: call.attrs["stride"] > 1 and call.attrs["dilation"] > 1,
            ),
        ),
        **_NUMERICS,
    ),
    OpSpec(
        "Conv3D",
        _X_AND_FILTER,
        _convolved(3),
        _conv,
        (T, STRIDES, PADDING, NDHWC, Attr("dilations", "ints", (1, 1, 1, 1, 1))),
        (STRIDED_AND_DILATED, late_start(_view)),
        **_NUMERICS,
    ),
    OpSpec(
        "Conv2DBackpropInput",
        (Input("input_sizes", frozenset((I32,)), host=True), Input("filter", FLOAT), Input("out_backprop", FLOAT)),
        _conv_back_rule,
        _conv_back,
        (T_FLOAT, *_PLACES, CUDNN),
        (UNREAD_DILATIONS,),
        **_NUMERICS,
    ),
)

NOT_WIRED = {"Conv2dTranspose": "the runtime can run it, but nothing in a graph maps to it"}
