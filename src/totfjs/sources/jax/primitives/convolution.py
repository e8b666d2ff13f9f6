"""Convolutions."""

from __future__ import annotations

from functools import partial
from math import prod

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.bilinear import exact_bilinear
from totfjs.recipes.convolution import Window, batch_grouped, convolution, from_layout, kernel_layout, to_layout
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import wrapped
from totfjs.sources.jax.dtypes import NARROW, significant_bits
from totfjs.sources.jax.equation import Equation, Rule, shape_of


def conv_general_dilated(eqn: Equation, x: Tensor, kernel: Tensor) -> Tensor:
    """A convolution in any layout; TensorFlow.js has (batch, spatial…, channels)."""
    numbers = eqn.params["dimension_numbers"]
    window = Window(
        tuple(int(step) for step in eqn.params["window_strides"]),
        tuple((low, high) for low, high in map(shape_of, eqn.params["padding"])),
        tuple(int(step) for step in eqn.params["rhs_dilation"]),
        tuple(int(step) for step in eqn.params["lhs_dilation"]),
    )
    image = to_layout(eqn.full(x), numbers.lhs_spec)
    filters = kernel_layout(eqn.full(kernel, 1), numbers.rhs_spec)
    groups, batches = int(eqn.params["feature_group_count"]), int(eqn.params["batch_group_count"])
    product = (
        partial(batch_grouped, window=window, groups=batches)
        if batches != 1
        else partial(convolution, window=window, groups=groups)
    )
    result = product(image, filters) if _floating(eqn) else _integer(eqn, image, filters, product)
    return from_layout(result, numbers.out_spec)


def _floating(eqn: Equation) -> bool:
    return eqn.inputs[0].floating and eqn.inputs[1].floating


def _integer(eqn: Equation, image: Tensor, filters: Tensor, product: partial[Tensor]) -> Tensor:
    """Sums of products of integers, exact modulo 2^32 or what the dtype of the result holds."""
    sizes = [size for size in filters.shape[:-1] if isinstance(size, int)]
    if image.dtype is not DType.INT32 or filters.dtype is not DType.INT32 or len(sizes) != filters.rank - 1:
        raise OpError(f"a convolution of {eqn.inputs[0].dtype} with {eqn.inputs[1].dtype} is not supported")
    bits = significant_bits(eqn.inputs[0].dtype), significant_bits(eqn.inputs[1].dtype)
    target = eqn.output
    if target.graph_dtype is not DType.INT32 and (target.dtype == "bool" or "uint32" in _dtypes(eqn)):
        raise OpError(f"a convolution of integers to {target.dtype} is not supported")
    result = exact_bilinear(image, filters, product, prod(sizes), bits)
    if target.floating:
        return elementwise("Cast", result, DstT=DType.FLOAT32)
    return wrapped(result, *NARROW[target.dtype]) if target.dtype in NARROW else result


def _dtypes(eqn: Equation) -> tuple[str, ...]:
    return tuple(aval.dtype for aval in eqn.inputs)


RULES: dict[str, Rule] = {"conv_general_dilated": conv_general_dilated}
