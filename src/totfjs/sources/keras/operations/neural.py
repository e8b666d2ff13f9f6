"""Activations, normalisations, attention and losses."""

from __future__ import annotations

import math
from typing import Any

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import activations, softmaxes
from totfjs.recipes.elementwise import elementwise, maximum, minimum, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_to, reshape, transpose
from totfjs.sources.keras.operations.arithmetic import add, multiply, subtract
from totfjs.sources.keras.operations.binding import Function, as_tensor, operations
from totfjs.sources.keras.operations.elementwise import clip
from totfjs.sources.keras.operations.indexing import one_hot
from totfjs.sources.keras.operations.linear import matmul, norm
from totfjs.sources.keras.operations.numbers import axes_of, converted, floating, floats, numbers, place, whole
from totfjs.sources.keras.operations.reductions import mean, total, variance

# What Keras takes for a number that is almost none.
_EPSILON = 1e-7


def _of_floats(recipe: Function) -> Function:
    return lambda x, **arguments: recipe(floating(x), **arguments)


def relu(x: Any) -> Tensor:
    """max(x, 0), of integers too."""
    (x,) = numbers(x)
    return activations.relu(x) if x.dtype is DType.FLOAT32 else maximum(x, x.builder.like(x, 0))


def softmax(x: Any, axis: Any = -1) -> Tensor:
    """exp(x), normalised along axes: all of them for None."""
    x = floating(x)
    return softmaxes.softmax_over(x, axes_of(x, axis))


def log_softmax(x: Any, axis: Any = -1) -> Tensor:
    """The logarithm of the softmax."""
    x = floating(x)
    axes = axes_of(x, axis)
    if len(axes) == 1:
        return softmaxes.log_softmax(x, axes[0])
    off = elementwise("Sub", x, total("max")(x, axes, True))
    return elementwise("Sub", off, elementwise("Log", total("sum")(elementwise("Exp", off), axes, True)))


def batch_norm(
    x: Any, mean: Any, variance: Any, offset: Any = None, scale: Any = None, *, axis: int, epsilon: float = 1e-3
) -> Tensor:
    """Normalised by given moments of the places of an axis."""
    x, mean, variance = floats(x, mean, variance)
    along = place(axis, x.rank)

    def shaped(values: Tensor) -> Tensor:
        return reshape(values, tuple(size if index == along else 1 for index, size in enumerate(x.shape)))

    inverse = elementwise("Rsqrt", shaped(variance) + float(epsilon))
    if scale is not None:
        inverse = elementwise("Mul", inverse, shaped(floats(x, scale)[1]))
    result = elementwise("Mul", elementwise("Sub", x, shaped(mean)), inverse)
    return result if offset is None else elementwise("AddV2", result, shaped(floats(x, offset)[1]))


def layer_norm(x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None,
               rms_scaling: bool = False) -> Tensor:  # fmt: skip
    """Normalised by its own moments along axes."""
    x = floating(x)
    axes = axes_of(x, axis)
    epsilon = _EPSILON if epsilon is None else float(epsilon)
    inverse = elementwise("Rsqrt", variance(x, axes, True) + epsilon)
    centered = x if rms_scaling else elementwise("Sub", x, mean(x, axes, True))
    result = elementwise("Mul", centered, inverse)
    if gamma is not None:
        result = elementwise("Mul", result, _shaped(x, axes, gamma))
    return result if beta is None or rms_scaling else elementwise("AddV2", result, _shaped(x, axes, beta))


def _shaped(x: Tensor, axes: list[int], values: Any) -> Tensor:
    """Values for each place along axes, in a shape that broadcasts."""
    found = floats(x, values)[1]
    if found.rank == x.rank or axes == [x.rank - 1]:
        return found
    return reshape(found, tuple(size if axis in axes else 1 for axis, size in enumerate(x.shape)))


def rms_norm(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Tensor:
    """Divided by the root of the mean of the squares."""
    x = floating(x)
    squares = mean(elementwise("Square", x), axes_of(x, axis), True)
    found = elementwise("Mul", x, elementwise("Rsqrt", squares + (_EPSILON if epsilon is None else float(epsilon))))
    return found if scale is None else multiply(found, scale)


def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """Divided by its length."""
    x, epsilon = floating(x), _EPSILON if epsilon is None else float(epsilon)
    if order == 2:
        squares = total("sum")(elementwise("Square", x), axis, True)
        return elementwise("Mul", x, minimum(elementwise("Rsqrt", squares), x.builder.const(1 / epsilon)))
    length = norm(x, order=order, axis=axis, keepdims=True)
    return elementwise("RealDiv", x, maximum(length, x.builder.const(epsilon)))


def attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: Any = None,
    is_causal: bool = False, flash_attention: Any = None, attn_logits_soft_cap: Any = None,
) -> Tensor:  # fmt: skip
    """Dot-product attention over (batch, time, heads, depth); heads of keys may be shared by groups of queries."""
    if attn_logits_soft_cap is not None:
        raise OpError("attn_logits_soft_cap works on TPUs alone")
    query, key, value = floats(query, key, value)
    depth, heads = whole(query.shape[-1]), whole(query.shape[2])
    query, key, value = (transpose(x, [0, 2, 1, 3]) for x in (query, key, value))
    key, value = (_shared(x, heads) for x in (key, value))
    factor = 1 / math.sqrt(depth) if scale is None else scale
    logits = multiply(matmul(query, transpose(key, [0, 1, 3, 2])), factor)
    if bias is not None:
        logits = add(logits, _padded_in_front(logits, as_tensor(logits.builder, bias)))
    kept = None if mask is None else converted(_padded_in_front(logits, as_tensor(logits.builder, mask)), DType.BOOL)
    if is_causal:
        causal = _causal(logits)
        kept = causal if kept is None else elementwise("LogicalAnd", kept, causal)
    if kept is not None:
        kept = broadcast_to(kept, logits.shape)
        logits = select(kept, logits, logits.builder.like(logits, -0.7 * 3.4028234663852886e38))
    return transpose(matmul(softmaxes.softmax(logits), value), [0, 2, 1, 3])


def _shared(x: Tensor, heads: int) -> Tensor:
    """Heads repeated for the queries that share them."""
    have = whole(x.shape[1])
    if have == heads:
        return x
    wide = broadcast_to(
        reshape(x, (x.shape[0], have, 1, *x.shape[2:])), (x.shape[0], have, heads // have, *x.shape[2:])
    )
    return reshape(wide, (x.shape[0], heads, *x.shape[2:]))


def _padded_in_front(logits: Tensor, x: Tensor) -> Tensor:
    if x.rank != logits.rank:
        raise OpError("masks and biases of attention have 4 dims")
    return x


def _causal(logits: Tensor) -> Tensor:
    rows, columns = (iota(logits.builder, logits.shape[axis]) for axis in (-2, -1))
    return elementwise("GreaterEqual", reshape(rows, (logits.shape[-2], 1)), columns)


# --- losses ---


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """The loss of each probability, or logit."""
    target, output = floats(target, output)
    other = subtract(1.0, target)
    if from_logits:
        yes, no = activations.log_sigmoid(output), activations.log_sigmoid(elementwise("Neg", output))
    else:
        output = clip(output, _EPSILON, 1 - _EPSILON)
        yes, no = elementwise("Log", output), elementwise("Log", subtract(1.0, output))
    return elementwise("Neg", elementwise("AddV2", elementwise("Mul", target, yes), elementwise("Mul", other, no)))


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """The loss of each distribution."""
    target, output = floats(target, output)
    if from_logits:
        logs = log_softmax(output, axis)
    else:
        shares = elementwise("RealDiv", output, total("sum")(output, axis, True))
        logs = elementwise("Log", clip(shares, _EPSILON, 1 - _EPSILON))
    return elementwise("Neg", total("sum")(elementwise("Mul", target, logs), axis))


def sparse_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """The loss of each distribution, for classes by number."""
    output = floating(output)
    target = converted(as_tensor(output.builder, target), DType.INT32)
    if target.rank == output.rank and target.shape[-1] == 1:
        target = reshape(target, target.shape[:-1])
    codes = one_hot(target, whole(output.shape[axis]), axis)
    return categorical_crossentropy(codes, output, from_logits, axis)


def signal_to_noise(x1: Any, x2: Any, max_val: float) -> Tensor:
    """The peak signal-to-noise ratio."""
    a, b = floats(x1, x2)
    error = mean(elementwise("Square", elementwise("Sub", a, b)))
    return subtract(20 * math.log10(max_val), elementwise("Log", error) * (10 / math.log(10)))


# --- places of images ---


def depth_to_space(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of channels become blocks of pixels; in both layouts the block is the slower part of the channels."""
    first = data_format == "channels_first"
    x = transpose(x, [0, 2, 3, 1]) if first else x
    batch, height, width, channels = x.shape
    depth = whole(channels) // block_size**2
    apart = reshape(x, (batch, height, width, block_size, block_size, depth))
    result = reshape(transpose(apart, [0, 1, 3, 2, 4, 5]), (batch, height * block_size, width * block_size, depth))
    return transpose(result, [0, 3, 1, 2]) if first else result


def space_to_depth(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of pixels become channels."""
    first = data_format == "channels_first"
    x = transpose(x, [0, 2, 3, 1]) if first else x
    batch, height, width, channels = x.shape
    rows, columns = whole(height) // block_size, whole(width) // block_size
    apart = reshape(x, (batch, rows, block_size, columns, block_size, channels))
    result = reshape(transpose(apart, [0, 1, 3, 2, 4, 5]), (batch, rows, columns, channels * block_size**2))
    return transpose(result, [0, 3, 1, 2]) if first else result


FUNCTIONS: dict[str, Function] = {
    "Relu": relu, "Softmax": softmax, "LogSoftmax": log_softmax,
    **{name: _of_floats(recipe) for name, recipe in {
        "Relu6": activations.relu6, "Softplus": activations.softplus, "Softsign": activations.softsign,
        "SparsePlus": activations.sparse_plus, "SparseSigmoid": activations.sparse_sigmoid, "Silu": activations.silu,
        "Squareplus": activations.squareplus, "LogSigmoid": activations.log_sigmoid,
        "LeakyRelu": activations.leaky_relu, "HardSigmoid": activations.hard_sigmoid,
        "HardSilu": activations.hard_silu, "Elu": activations.elu, "Selu": activations.selu, "Celu": activations.celu,
        "TanhShrink": activations.tanh_shrink, "HardTanh": activations.hard_tanh, "Glu": activations.glu,
        "Sparsemax": softmaxes.sparsemax, "Sigmoid": lambda x: elementwise("Sigmoid", x),
    }.items()},
    "Gelu": lambda x, approximate=True: activations.gelu(floating(x), bool(approximate)),
    "SoftShrink": lambda x, threshold=0.5: activations.soft_shrink(floating(x), threshold),
    "HardShrink": lambda x, threshold=0.5: activations.hard_shrink(floating(x), threshold),
    "Threshold": lambda x, threshold, default_value: activations.threshold(floating(x), threshold, default_value),
    "BatchNorm": batch_norm, "LayerNorm": layer_norm, "RMSNorm": rms_norm, "Normalize": normalize,
    "DotProductAttention": attention, "BinaryCrossentropy": binary_crossentropy,
    "CategoricalCrossentropy": categorical_crossentropy, "SparseCategoricalCrossentropy": sparse_crossentropy,
    "PSNR": signal_to_noise, "DepthToSpace": depth_to_space, "SpaceToDepth": space_to_depth,
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
