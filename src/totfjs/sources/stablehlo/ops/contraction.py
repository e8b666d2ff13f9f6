"""Products of tensors, convolutions, Fourier transforms, normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.types import numpy_dtype


def _dialect() -> Any:
    from jaxlib.mlir.dialects import stablehlo

    return stablehlo


def dot_general(op: Op, a: Value, b: Value) -> Value:
    """Products summed over axes."""
    numbers = _dialect().DotDimensionNumbers(op.attribute("dot_dimension_numbers"))
    contracting = (tuple(numbers.lhs_contracting_dimensions), tuple(numbers.rhs_contracting_dimensions))
    batch = (tuple(numbers.lhs_batching_dimensions), tuple(numbers.rhs_batching_dimensions))
    return lax.dot_general(a, b, (contracting, batch), preferred_element_type=numpy_dtype(op.types[0].dtype))


def dot(op: Op, a: Value, b: Value) -> Value:
    """The product of matrices or vectors."""
    numbers = (((len(a.shape) - 1,), (0,)), ((), ()))
    return lax.dot_general(a, b, numbers, preferred_element_type=numpy_dtype(op.types[0].dtype))


def convolution(op: Op, x: Value, kernel: Value) -> Value:
    """A convolution with all that it can have."""
    rank = len(op.operand_types[0].shape) - 2
    return _convolved(op, x, kernel, op.pairs("padding", rank))


def dynamic_conv(op: Op, x: Value, kernel: Value, padding: Value) -> Value:
    """The same with padding in an array."""
    amounts = known.sizes(padding)
    return _convolved(op, array(x), array(kernel), tuple(zip(amounts[::2], amounts[1::2], strict=True)))


def _convolved(op: Op, x: Value, kernel: Value, padding: Sequence[tuple[Any, Any]]) -> Value:
    numbers = _dialect().ConvDimensionNumbers(op.attribute("dimension_numbers"))
    rank = len(padding)
    spatial = tuple(numbers.kernel_spatial_dimensions)
    reversed_axes = [axis for axis, flag in zip(spatial, op.flags("window_reversal", rank), strict=True) if flag]
    return lax.conv_general_dilated(
        x,
        lax.rev(kernel, reversed_axes) if reversed_axes else kernel,
        op.integers("window_strides", (1,) * rank),
        padding,
        op.integers("lhs_dilation", (1,) * rank),
        op.integers("rhs_dilation", (1,) * rank),
        lax.ConvDimensionNumbers(
            (numbers.input_batch_dimension, numbers.input_feature_dimension, *numbers.input_spatial_dimensions),
            (numbers.kernel_output_feature_dimension, numbers.kernel_input_feature_dimension, *spatial),
            (numbers.output_batch_dimension, numbers.output_feature_dimension, *numbers.output_spatial_dimensions),
        ),
        op.integer("feature_group_count", 1),
        op.integer("batch_group_count", 1),
        preferred_element_type=numpy_dtype(op.types[0].dtype),
    )


def fft(op: Op, x: Value) -> Value:
    """A Fourier transform over the last axes."""
    kinds = {each.name: each for each in (lax.FftType.FFT, lax.FftType.IFFT, lax.FftType.RFFT, lax.FftType.IRFFT)}
    return lax.fft(x, kinds[op.text("fft_type")], op.integers("fft_length"))


def batch_norm_inference(op: Op, x: Value, scale: Value, offset: Value, mean: Value, variance: Value) -> Value:
    """Normalisation with statistics that are given."""
    return _normalised(op, x, scale, offset, mean, variance)


def batch_norm_training(op: Op, x: Value, scale: Value, offset: Value) -> Sequence[Value]:
    """Normalisation with the statistics of the operand, which are results too."""
    feature = op.integer("feature_index")
    axes = [axis for axis in range(len(x.shape)) if axis != feature]
    mean, variance = jnp.mean(x, axes), jnp.var(x, axes)
    return _normalised(op, x, scale, offset, mean, variance), mean, variance


def _normalised(op: Op, x: Value, scale: Value, offset: Value, mean: Value, variance: Value) -> Value:
    axes = (op.integer("feature_index"),)
    epsilon = jnp.asarray(op.number("epsilon"), variance.dtype)

    def spread(y: Value) -> Value:
        return lax.broadcast_in_dim(y, x.shape, axes)

    factor = lax.mul(scale, lax.rsqrt(lax.add(variance, jnp.broadcast_to(epsilon, variance.shape))))
    return lax.add(lax.mul(lax.sub(x, spread(mean)), spread(factor)), spread(offset))


def ragged(op: Op, *_: Value) -> Value:
    """Groups of rows whose lengths are data."""
    raise OpError("groups whose lengths are data are not supported")


RULES: dict[str, Rule] = {
    **{
        f"stablehlo.{rule.__name__}": rule
        for rule in (dot_general, dot, convolution, dynamic_conv, fft, batch_norm_inference, batch_norm_training)
    },
    "chlo.ragged_dot": ragged,
}
