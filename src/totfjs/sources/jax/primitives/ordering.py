"""Running totals, orders and the places of extremes."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum, minimum
from totfjs.recipes.indexing import Place, gather, iota
from totfjs.recipes.shapes import expand
from totfjs.recipes.sorting import ascending, largest, place_of_extreme, running
from totfjs.sources.jax.equation import Equation, Rule

_INT32_LEAST, _INT32_MOST = -(2**31), 2**31 - 1


def place(op: str) -> Rule:
    """The place of the first extreme along one axis."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        (axis,) = eqn.params["axes"]
        return place_of_extreme(eqn.full(x), int(axis), op)

    return lowered


def cumulative(op: str) -> Rule:
    """A running sum or product."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        if eqn.output.dtype not in ("float32", "float16", "bfloat16", "int32"):
            raise OpError(f"{eqn.name} of {eqn.output.dtype} wraps in ways that TensorFlow.js does not")
        axis, reverse = int(eqn.params["axis"]), bool(eqn.params["reverse"])
        return eqn.builder.op(op, eqn.full(x), axis, exclusive=False, reverse=reverse)

    return lowered


def running_extreme(kind: str) -> Rule:
    """A running maximum or minimum."""

    def lowered(eqn: Equation, x: Tensor) -> Tensor:
        floating = x.dtype is DType.FLOAT32
        least, most = (-float("inf"), float("inf")) if floating else (_INT32_LEAST, _INT32_MOST)
        combine, neutral = (maximum, least) if kind == "max" else (minimum, most)
        return running(eqn.full(x), int(eqn.params["axis"]), bool(eqn.params["reverse"]), combine, neutral)

    return lowered


def top_k(eqn: Equation, x: Tensor) -> Sequence[Tensor]:
    """The largest and their places."""
    axis = int(eqn.params.get("axis", eqn.inputs[0].rank - 1))
    return largest(eqn.full(x), int(eqn.params["k"]), axis % eqn.inputs[0].rank)


def sort(eqn: Equation, *xs: Tensor) -> Sequence[Tensor]:
    """Ascending order by one key; the other operands are brought along."""
    if int(eqn.params["num_keys"]) != 1:
        raise OpError("sorting by several keys is not supported")
    if eqn.inputs[0].dtype == "uint32":
        raise OpError("uint32 has no order in TensorFlow.js")
    axis = int(eqn.params["dimension"])
    ordered, places = ascending(_number(eqn.full(xs[0])), axis)
    first = (
        ordered if ordered.dtype is xs[0].dtype else elementwise("NotEqual", ordered, ordered.builder.like(ordered, 0))
    )
    return [first, *(_moved(eqn.full(x, index), places, axis) for index, x in enumerate(xs[1:], 1))]


def _number(x: Tensor) -> Tensor:
    return elementwise("Cast", x, DstT=DType.INT32) if x.dtype is DType.BOOL else x


def _moved(x: Tensor, places: Tensor, axis: int) -> Tensor:
    """The elements at their places along an axis."""
    others = [
        Place(index, expand(iota(x.builder, size), [index], x.rank), 1)
        for index, size in enumerate(x.shape)
        if index != axis and size != 1
    ]
    found = sorted([*others, Place(axis, places, 1)], key=lambda item: item.axis)
    return _without_ones(gather(x, found, places.shape), x.rank)


def _without_ones(x: Tensor, rank: int) -> Tensor:
    """The batch of a gather of single elements."""
    from totfjs.recipes.shapes import reshape

    return reshape(x, x.shape[:rank])


RULES: dict[str, Rule] = {
    "argmax": place("ArgMax"),
    "argmin": place("ArgMin"),
    "cumsum": cumulative("Cumsum"),
    "cumprod": cumulative("Cumprod"),
    "cummax": running_extreme("max"),
    "cummin": running_extreme("min"),
    "top_k": top_k,
    "sort": sort,
}
