"""Reductions over moving windows: pooling, and its gradients."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.slicing import spread
from totfjs.recipes.windowed_choice import gathered, scattered
from totfjs.recipes.windows import Windows, reduce_windows
from totfjs.sources.jax.equation import Equation, Rule, shape_of
from totfjs.sources.jax.monoids import carrier, kinds_of, monoid
from totfjs.sources.jax.primitives.reduction import begun


def reduce_window(kind: str) -> Rule:
    """The total of each window."""
    return lambda eqn, x: _reduced(eqn, 0, x, kind)


def general(eqn: Equation, *operands: Tensor) -> Sequence[Tensor]:
    """Windows reduced by a function of the user's, which has to be a monoid on each operand."""
    count = len(operands) // 2
    dtypes = tuple(aval.dtype for aval in eqn.inputs[:count])
    kinds = kinds_of(eqn.params["jaxpr"], dtypes)
    if kinds is None:
        raise OpError("a reduction by a function other than a sum, product, maximum or minimum is not supported")
    return [
        begun(_reduced(eqn, index, operands[index], kind), operands[count + index], kind, dtypes[index])
        for index, kind in enumerate(kinds)
    ]


def _reduced(eqn: Equation, index: int, x: Tensor, kind: str) -> Tensor:
    dtype = eqn.inputs[index].dtype
    there, back = carrier(dtype, kind)
    combined, x = monoid(kind, dtype), there(eqn.full(x, index))
    return back(reduce_windows(_spread(eqn, x, combined.neutral(x.dtype)), _windows(eqn), combined))


def _spread(eqn: Equation, x: Tensor, filler: float) -> Tensor:
    """The operand with its elements apart, as far as the equation says."""
    for axis, step in enumerate(eqn.params["base_dilation"]):
        if int(step) != 1:
            x = spread(x, x.builder.like(x, filler), axis, int(step) - 1)
    return x


def _windows(eqn: Equation) -> Windows:
    sizes = tuple(int(size) for size in eqn.params["window_dimensions"])
    return Windows(
        sizes,
        tuple(int(step) for step in eqn.params["window_strides"]),
        tuple((low, high) for low, high in map(shape_of, eqn.params["padding"])),
        tuple(int(step) for step in eqn.params.get("window_dilation", (1,) * len(sizes))),
    )


def gathered_by_choice(eqn: Equation, values: Tensor, keys: Tensor) -> Tensor:
    """From each window, the value at the place of the largest or smallest key."""
    kind = _choice(eqn)
    keys, values = carrier(eqn.inputs[1].dtype, kind)[0](eqn.full(keys, 1)), eqn.full(values)
    there, back = carrier(eqn.output.dtype)
    keys = _spread(eqn, keys, monoid(kind, eqn.inputs[1].dtype).neutral(keys.dtype))
    return back(gathered(_spread(eqn, there(values), 0), keys, _windows(eqn), kind))


def scattered_by_choice(eqn: Equation, source: Tensor, keys: Tensor) -> Tensor:
    """Adds a value for each window at the place of its largest or smallest key."""
    kind, dtype = _choice(eqn), eqn.output.dtype
    there, back = carrier(dtype)
    keys = carrier(eqn.inputs[1].dtype, kind)[0](eqn.full(keys, 1))
    return back(scattered(there(eqn.full(source)), keys, _windows(eqn), kind, monoid("sum", dtype)))


def _choice(eqn: Equation) -> str:
    return {"ge": "max", "le": "min"}[eqn.params["select_prim"].name]


RULES: dict[str, Rule] = {
    "reduce_window_max": reduce_window("max"),
    "reduce_window_min": reduce_window("min"),
    "reduce_window_sum": reduce_window("sum"),
    "reduce_window": general,
    "select_and_gather_add": gathered_by_choice,
    "select_and_scatter_add": scattered_by_choice,
}
