"""Conditionals: both branches and a choice where that is cheap, else branches of which one runs.

| cond | becomes | because |
|---|---|---|
| index known | its branch | |
| no loop of unknown length inside, little to compute | all branches and a select | the model stays synchronous |
| any other | Switch and Merge | what is not taken may be long, or never end |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.frames import branch, together
from totfjs.recipes.shapes import reshape
from totfjs.sources.jax.cost import work
from totfjs.sources.jax.equation import Aval, aval_of

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering
    from totfjs.sources.jax.operands import Operand

# All branches are computed up to this many multiplications: some milliseconds.
CHEAP = 20_000_000
MOST_NODES = 2_000


def cond(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """One of several functions of the same operands, by an index that is brought into bounds."""
    index, *values = operands
    branches = equation.params["branches"]
    if not isinstance(index, Tensor):
        return _taken(lowering, branches[int(np.clip(int(index), 0, len(branches) - 1))], values, scope)
    if len(branches) == 1:
        return _taken(lowering, branches[0], values, scope)
    avals = [aval_of(variable.aval) for variable in equation.outvars]
    if sum(work(each.jaxpr) for each in branches) <= CHEAP:
        results = _all(lowering, index, branches, values, scope)
        if results is not None:
            return [_chosen(lowering, index, options, aval) for *options, aval in zip(*results, avals, strict=True)]
    if lowering.of_weights(operands):
        raise OpError("this cond depends on weights alone")
    variables = [aval_of(variable.aval) for variable in equation.invars[1:]]
    given = [
        lowering.whole(value, aval) if lowering.computed(value) else value
        for value, aval in zip(values, variables, strict=True)
    ]
    (index,) = together([reshape(index, ())], lowering.anchor)
    return _switched(lowering, index, branches, given, avals, scope)


def _taken(lowering: Lowering, closed: Any, values: Sequence[Operand], scope: str) -> list[Operand]:
    return lowering.block(closed.jaxpr, closed.consts, values, scope)


def _all(
    lowering: Lowering, index: Tensor, branches: Sequence[Any], values: Sequence[Operand], scope: str
) -> list[list[Operand]] | None:
    """The results of every branch; None when they are too much, or hold what ends only if taken."""
    before, nodes = len(lowering.builder.nodes), lowering.builder.nodes
    results = [_taken(lowering, closed, values, scope) for closed in branches]
    added = islice(nodes.values(), before, None)
    if len(nodes) - before > MOST_NODES or any(spec(node.op).asynchronous for node in added):
        return None
    return results


def _chosen(lowering: Lowering, index: Tensor, options: Sequence[Operand], aval: Aval) -> Operand:
    """A select of results; the same result everywhere needs none."""
    if all(_same(option, options[0]) for option in options):
        return options[0]
    tensors = [lowering.tensor(option, aval) for option in options]
    found, scalar = tensors[-1], reshape(index, ())
    for number in range(len(tensors) - 1, 0, -1):
        below = elementwise("Less", scalar, lowering.builder.const(number))
        found = select(below, tensors[number - 1], found)
    return found


def _same(a: Operand, b: Operand) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return isinstance(a, Tensor) and isinstance(b, Tensor) and a.value == b.value
    return a is b


def _switched(
    lowering: Lowering,
    index: Tensor,
    branches: Sequence[Any],
    values: Sequence[Operand],
    avals: Sequence[Aval],
    scope: str,
) -> list[Tensor]:
    """The first branch, or else one of the others."""

    def whole(results: Sequence[Operand]) -> list[Tensor]:
        return [lowering.whole(value, aval) for value, aval in zip(results, avals, strict=True)]

    def side(follow: Callable[[Tensor, list[Operand]], list[Tensor]]) -> Callable[[list[Tensor]], list[Tensor]]:
        def body(live: list[Tensor]) -> list[Tensor]:
            first, *rest = live
            switched = iter(rest)
            given = [next(switched) if lowering.computed(value) else value for value in values]
            with lowering.within(first):
                return follow(first, given)

        return body

    def first_branch(index: Tensor, given: list[Operand]) -> list[Tensor]:
        return whole(_taken(lowering, branches[0], given, scope))

    def others(index: Tensor, given: list[Operand]) -> list[Tensor]:
        if len(branches) == 2:
            return whole(_taken(lowering, branches[1], given, scope))
        return _switched(lowering, index - 1, branches[1:], given, avals, scope)

    switched = [index, *(value for value in values if lowering.computed(value))]
    condition = elementwise("Less", index, lowering.builder.const(1, DType.INT32))
    return branch(condition, switched, side(first_branch), side(others))
