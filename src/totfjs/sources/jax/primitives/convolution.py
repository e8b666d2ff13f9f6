"""Convolutions."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.convolution import Window, convolution, from_layout, kernel_layout, to_layout
from totfjs.sources.jax.equation import Equation, Rule, shape_of


def conv_general_dilated(eqn: Equation, x: Tensor, kernel: Tensor) -> Tensor:
    """A convolution in any layout; TensorFlow.js has (batch, spatial…, channels)."""
    if int(eqn.params["batch_group_count"]) != 1:
        raise OpError("a convolution with batch groups (a gradient) is not supported")
    numbers = eqn.params["dimension_numbers"]
    window = Window(
        tuple(int(step) for step in eqn.params["window_strides"]),
        tuple((low, high) for low, high in map(shape_of, eqn.params["padding"])),
        tuple(int(step) for step in eqn.params["rhs_dilation"]),
        tuple(int(step) for step in eqn.params["lhs_dilation"]),
    )
    image = to_layout(eqn.full(x), numbers.lhs_spec)
    filters = kernel_layout(eqn.full(kernel, 1), numbers.rhs_spec)
    return from_layout(convolution(image, filters, window, int(eqn.params["feature_group_count"])), numbers.out_spec)


RULES: dict[str, Rule] = {"conv_general_dilated": conv_general_dilated}
