"""Conditionals: both branches and a choice where that is cheap and safe, else branches of which one runs.

| condition | becomes | because |
|---|---|---|
| known | its branch | |
| branches that cannot fail, with little to compute | all of them and a select | the model stays synchronous |
| any other | Switch and Merge | what is not taken may be long, fail, or never end |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.frames import branch, together
from totfjs.recipes.shapes import reshape
from totfjs.sources.tensorflow.flow.carry import computed, sizes_again, tensors_of, whole, with_tensors
from totfjs.sources.tensorflow.flow.cheap import cheap
from totfjs.sources.tensorflow.flow.conditions import truth
from totfjs.sources.tensorflow.flow.forms import dense
from totfjs.sources.tensorflow.flow.lists import Items, Rows, Unset
from totfjs.sources.tensorflow.flow.selected import selected
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.program import Body
from totfjs.sources.tensorflow.values import BROKEN, Broken, Operand

# All branches are lowered up to this many nodes.
MOST_NODES = 2_000


class _RefusedError(Exception):
    """A branch holds what was refused, and told."""


def if_(lowering: Lowering, condition: Operand, yes: Body, no: Body, values: Sequence[Operand]) -> Sequence[Operand]:
    """The results of one of two bodies for the same values."""
    condition = truth(lowering, condition)
    if isinstance(condition, np.ndarray):
        return lowering.apply(yes if bool(condition) else no, values)
    return _chosen(lowering, _tensor(lowering, condition), [no, yes], values)


def case(lowering: Lowering, index: Operand, bodies: Sequence[Body], values: Sequence[Operand]) -> Sequence[Operand]:
    """The results of one of several bodies for the same values: of the last for an index out of bounds."""
    if isinstance(index, np.ndarray):
        number = int(index)
        return lowering.apply(bodies[number if 0 <= number < len(bodies) else -1], values)
    if len(bodies) == 1:
        return lowering.apply(bodies[0], values)
    return _chosen(lowering, reshape(_tensor(lowering, index), ()), bodies, values)


def _tensor(lowering: Lowering, operand: Operand) -> Tensor:
    found = lowering.tensor(operand)
    if not isinstance(found, Tensor):
        raise OpError("the condition is no number")
    return found


def _chosen(lowering: Lowering, index: Tensor, bodies: Sequence[Body], values: Sequence[Operand]) -> Sequence[Operand]:
    undo, problems = lowering.checkpoint(), len(lowering.problems)
    results = _all(lowering, bodies, values)
    if len(lowering.problems) > problems:
        return [BROKEN] * (len(bodies[0].results) or 1)
    if results is not None:
        try:
            return [selected(lowering, index, options) for options in zip(*results, strict=True)]
        except OpError:  # results of different types are no select
            pass
    undo()
    return _switched(lowering, index, bodies, values)


def _all(lowering: Lowering, bodies: Sequence[Body], values: Sequence[Operand]) -> list[list[Operand]] | None:
    """The results of every branch; None when they are too much, or might fail where they are not taken."""
    nodes = lowering.builder.nodes
    before, found = len(nodes), []
    for body in bodies:
        found.append(lowering.apply(body, values))
        if len(nodes) - before > MOST_NODES:
            return None
    added = [node for node in islice(nodes.values(), before, None) if node.op != "Const"]
    return found if cheap(lowering.builder, added) else None


def _switched(lowering: Lowering, index: Tensor, bodies: Sequence[Body], values: Sequence[Operand]) -> list[Operand]:
    """The first branch, or else one of the others."""
    values = [whole(value) for value in values]
    live = {t.value: t for value in values for t in tensors_of(value) if _moves(lowering, t)}
    ready = together([index, *live.values()], lowering.anchor)
    index, live = ready[0], dict(zip(live, ready[1:], strict=True))
    made: list[list[Operand]] = []

    def side(follow: Callable[[Tensor, list[Operand]], Sequence[Operand]]) -> Callable[[list[Tensor]], list[Tensor]]:
        def body(routed: list[Tensor]) -> list[Tensor]:
            switched = dict(zip(live, routed[1:], strict=True))

            def moved(value: Operand) -> Iterator[Tensor]:
                return (switched[t.value] if t.value in switched else _outside(lowering, t) for t in tensors_of(value))

            given = [with_tensors(value, moved(value)) for value in values]
            with lowering.within(routed[0]):
                results = follow(routed[0], given)
                if any(isinstance(each, Broken) for each in results):
                    raise _RefusedError
                found = [_tensors(lowering, each) for each in results]
            made.append(found)
            return [tensor for each in found for tensor in tensors_of(each)]

        return body

    def first(routed: Tensor, given: list[Operand]) -> Sequence[Operand]:
        return lowering.apply(bodies[0], given)

    def others(routed: Tensor, given: list[Operand]) -> Sequence[Operand]:
        if len(bodies) == 2:
            return lowering.apply(bodies[1], given)
        # The index counts from the next branch on; -1 and less are never the first of them.
        return _switched(lowering, routed - 1, bodies[1:], given)

    here = index if index.dtype is DType.BOOL else elementwise("Equal", index, lowering.builder.const(0, DType.INT32))
    sides = (side(others), side(first)) if index.dtype is DType.BOOL else (side(first), side(others))
    try:
        merged = branch(here, [index, *live.values()], *sides)
    except _RefusedError:
        return [BROKEN] * (len(bodies[0].results) or 1)
    except ValueError as error:
        raise OpError("the branches give different results") from error
    tensors = iter(merged)
    if [len(tensors_of(each)) for each in made[0]] != [len(tensors_of(each)) for each in made[1]]:
        raise OpError("the branches give different results")
    return [with_tensors(each, tensors) for each in made[0]]


def _moves(lowering: Lowering, tensor: Tensor) -> bool:
    """Whether a tensor has to be switched: it is neither constant nor the sizes of inputs."""
    return computed(tensor) and sizes_again(lowering, tensor) is None


def _outside(lowering: Lowering, tensor: Tensor) -> Tensor:
    """What a branch reads without being switched: constants, and sizes of the inputs."""
    return tensor if not computed(tensor) else sizes_again(lowering, tensor) or tensor


def _tensors(lowering: Lowering, operand: Operand) -> Operand:
    """A result of a branch that runs alone, made of tensors."""
    if isinstance(operand, Items | Rows | Unset):
        return dense(lowering, operand)
    if isinstance(operand, np.ndarray):
        return whole(lowering.tensor(operand))
    if not tensors_of(operand):
        raise OpError("a branch gives a handle")
    return whole(operand)
