"""Running totals, orders and the places of extremes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, select
from totfjs.recipes.monoids import unsigned_order
from totfjs.recipes.scans import cumulated
from totfjs.recipes.sorting import along, largest, order, place_of_extreme, running, smallest
from totfjs.sources.jax.equation import Equation, Rule
from totfjs.sources.jax.monoids import carrier, monoid


def place(op: str) -> Rule:
    """The place of the first extreme along one axis."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        (axis,) = eqn.params["axes"]
        return place_of_extreme(_ordered(eqn, x, 0), int(axis), op)

    return lowered


def cumulative(kind: str) -> Rule:
    """Running totals. The runtime's own running product rounds large integers."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        dtype = eqn.output.dtype
        axis, reverse, combined = int(eqn.params["axis"]), bool(eqn.params["reverse"]), monoid(kind, dtype)
        there, back = carrier(dtype, kind)
        x = there(eqn.full(x))
        op = {"sum": "Cumsum", "prod": "Cumprod"}.get(kind)
        if op and (kind == "sum" or x.dtype is DType.FLOAT32):
            return back(combined.settle(cumulated(op, x, axis, reverse=reverse)))
        return back(running(x, axis, reverse, combined.combine, combined.neutral(x.dtype)))

    return lowered


def cumulative_log_sum(eqn: Equation, x: Tensor) -> Tensor:
    """The logarithms of running sums of exponentials."""
    return running(eqn.full(x), int(eqn.params["axis"]), bool(eqn.params["reverse"]), _log_add, -np.inf)


def _log_add(a: Tensor, b: Tensor) -> Tensor:
    """`log(exp(a) + exp(b))`, of infinities too."""
    distance = elementwise("Abs", elementwise("Sub", a, b))
    apart = elementwise("Log1p", elementwise("Exp", elementwise("Neg", distance)))
    # equal operands, infinite ones among them, have a distance that is 0 or NaN
    more = select(elementwise("Equal", a, b), a.builder.like(a, np.log(2)), apart)
    return elementwise("AddV2", maximum(a, b), more)


def top_k(eqn: Equation, x: Tensor) -> Sequence[Tensor]:
    """The largest and their places."""
    axis = int(eqn.params.get("axis", -1)) % eqn.inputs[0].rank
    return _extremes(eqn, x, int(eqn.params["k"]), axis, True)


def approx_top_k(eqn: Equation, x: Tensor) -> Sequence[Tensor]:
    """The largest or smallest and their places: all of them, as JAX does on CPU."""
    axis = int(eqn.params["reduction_dimension"]) % eqn.inputs[0].rank
    return _extremes(eqn, x, int(eqn.params["k"]), axis, bool(eqn.params["is_max_k"]))


def _extremes(eqn: Equation, x: Tensor, count: int, axis: int, most: bool) -> Sequence[Tensor]:
    _, places = (largest if most else smallest)(_ordered(eqn, x, 0), count, axis)
    return along(eqn.full(x), places, axis), places


def sort(eqn: Equation, *xs: Tensor) -> Sequence[Tensor]:
    """Ascending order by the first operands; the others are brought along."""
    axis, keys = int(eqn.params["dimension"]), int(eqn.params["num_keys"])
    places = order([_ordered(eqn, x, index) for index, x in enumerate(xs[:keys])], axis)
    return [along(eqn.full(x, index), places, axis) for index, x in enumerate(xs)]


def _ordered(eqn: Equation, x: Tensor, index: int) -> Tensor:
    """An operand as numbers in the right order."""
    x = eqn.full(x, index)
    return unsigned_order(x) if eqn.inputs[index].dtype == "uint32" else x


RULES: dict[str, Rule] = {
    "argmax": place("ArgMax"),
    "argmin": place("ArgMin"),
    "cumsum": cumulative("sum"),
    "cumprod": cumulative("prod"),
    "cummax": cumulative("max"),
    "cummin": cumulative("min"),
    "cumlogsumexp": cumulative_log_sum,
    "top_k": top_k,
    "approx_top_k": approx_top_k,
    "sort": sort,
}
