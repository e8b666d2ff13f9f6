"""Comparisons, and choices between values."""

from __future__ import annotations

from functools import reduce

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, negate, not_a_number, select
from totfjs.recipes.float_bits import sign_bit
from totfjs.sources.jax.equation import Equation, Rule


def compare(op: str) -> Rule:
    """A comparison; bools are compared as numbers."""

    return lambda eqn, a, b: _compared(op, a, b)


def _compared(op: str, a: Tensor, b: Tensor) -> Tensor:
    if a.dtype is DType.BOOL:
        a, b = (elementwise("Cast", x, DstT=DType.INT32) for x in (a, b))
    return elementwise(op, a, b)


def before(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """Whether `a` comes first in the order of all floats: -0 before 0, NaN (which has no sign here) last."""
    if a.dtype is not DType.FLOAT32:
        return _compared("Less", a, b)
    zeros = _both(elementwise("Equal", a, b), elementwise("Equal", a, a.builder.like(a, 0)))
    signs = _both(sign_bit(a), negate(sign_bit(b)))
    last = _both(not_a_number(b), negate(not_a_number(a)))
    return reduce(_either, (elementwise("Less", a, b), last, _both(zeros, signs)))


def not_after(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """Whether `a` is `b` or comes before it in the order of all floats."""
    return negate(before(eqn, b, a))


def same(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """Whether two numbers have the same place in the order of all floats."""
    return _both(not_after(eqn, a, b), not_after(eqn, b, a))


def _both(a: Tensor, b: Tensor) -> Tensor:
    return elementwise("LogicalAnd", a, b)


def _either(a: Tensor, b: Tensor) -> Tensor:
    return elementwise("LogicalOr", a, b)


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
    "lt_to": before,
    "le_to": not_after,
    "eq_to": same,
    "select_n": select_n,
}
