"""Comparisons, and choices between values."""

from __future__ import annotations

from functools import reduce

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.sources.jax.equation import Equation, Rule


def compare(op: str) -> Rule:
    """A comparison; bools are compared as numbers."""

    def lowered(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
        if a.dtype is DType.BOOL:
            a, b = (elementwise("Cast", x, DstT=DType.INT32) for x in (a, b))
        return elementwise(op, a, b)

    return lowered


def select_n(eqn: Equation, which: Tensor, *cases: Tensor) -> Tensor:
    """The case that a bool or a number names. A rank-0 selector chooses whole cases."""
    if which.dtype is DType.BOOL:
        return select(which, cases[1], cases[0]) if len(cases) == 2 else cases[0]

    def choose(chosen: Tensor, numbered: tuple[int, Tensor]) -> Tensor:
        here = elementwise("GreaterEqual", which, which.builder.like(which, numbered[0]))
        return select(here, numbered[1], chosen)

    return reduce(choose, enumerate(cases[1:], 1), cases[0])


RULES: dict[str, Rule] = {
    "eq": compare("Equal"),
    "ne": compare("NotEqual"),
    "lt": compare("Less"),
    "le": compare("LessEqual"),
    "gt": compare("Greater"),
    "ge": compare("GreaterEqual"),
    "select_n": select_n,
}
