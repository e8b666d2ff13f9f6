"""Reductions over moving windows: pooling."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.windows import Windows, reduce_windows
from totfjs.sources.jax.equation import Equation, Rule, shape_of


def reduce_window(kind: str) -> Rule:
    """The reduction of each window."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        if any(int(step) != 1 for step in eqn.params["base_dilation"]):
            raise OpError("a window over a dilated operand is not supported")
        windows = Windows(
            tuple(int(size) for size in eqn.params["window_dimensions"]),
            tuple(int(step) for step in eqn.params["window_strides"]),
            tuple((low, high) for low, high in map(shape_of, eqn.params["padding"])),
            tuple(int(step) for step in eqn.params["window_dilation"]),
        )
        return reduce_windows(eqn.full(x), windows, kind)

    return lowered


RULES: dict[str, Rule] = {
    "reduce_window_max": reduce_window("max"),
    "reduce_window_min": reduce_window("min"),
    "reduce_window_sum": reduce_window("sum"),
}
