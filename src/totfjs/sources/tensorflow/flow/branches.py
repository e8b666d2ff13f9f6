"""Conditionals: both branches and a choice where that is cheap and safe, else branches of which one runs.

| condition | becomes | because |
|---|---|---|
| known | its branch | |
| branches that cannot fail, with little to compute | all of them and a select | the model stays synchronous |
| any other | Switch and Merge | what is not taken may be long, fail, or never end |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import prod

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Node
from totfjs.graph.ops import OpError, spec
from totfjs.graph.types import DType, TensorType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.frames import branch, together
from totfjs.recipes.shapes import reshape
from totfjs.sources.tensorflow.flow.carry import computed, same, sizes_again, tensors_of, whole, with_tensors
from totfjs.sources.tensorflow.flow.forms import dense
from totfjs.sources.tensorflow.flow.lists import Collector, Items, List, Rows, Unset, element_shape, zeros
from totfjs.sources.tensorflow.flow.loops import truth
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.program import Body
from totfjs.sources.tensorflow.values import BROKEN, Broken, Operand

# All branches are computed up to this many multiplications: some milliseconds.
CHEAP = 20_000_000
MOST_NODES = 2_000
# Ops that throw, or trap, for some data of a type that they take; a branch may be there to keep such data away.
_MAY_FAIL = frozenset(
    (
        *("FloorDiv", "FloorMod", "Mod", "TruncateDiv", "TruncateMod"),
        *("GatherV2", "GatherNd", "Gather", "ScatterNd", "TensorScatterUpdate", "SparseToDense", "SparseReshape"),
        *("TopKV2", "DenseBincount", "Bincount", "OneHot", "CropAndResize", "Unique", "UniqueV2", "StringToNumber"),
    )
)
_PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2", "_FusedMatMul", "Einsum")
_CONVOLUTIONS = ("Conv2D", "_FusedConv2D", "Conv3D", "Conv1D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")


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
            return [_selected(lowering, index, options) for options in zip(*results, strict=True)]
        except OpError:  # results of different types are no select
            pass
    undo()
    return _switched(lowering, index, bodies, values)


# --- all of them ------------------------------------------------------------------------------------------------------


def _all(lowering: Lowering, bodies: Sequence[Body], values: Sequence[Operand]) -> list[list[Operand]] | None:
    """The results of every branch; None when they are too much, or might fail where they are not taken."""
    nodes = lowering.builder.nodes
    before, found = len(nodes), []
    for body in bodies:
        found.append(lowering.apply(body, values))
        if len(nodes) - before > MOST_NODES:
            return None
    added = [node for node in islice(nodes.values(), before, None) if node.op != "Const"]
    safe = all(_safe(lowering, node) for node in added)
    return found if safe and sum(_work(lowering, node) for node in added) <= CHEAP else None


def _safe(lowering: Lowering, node: Node) -> bool:
    """Whether a node cannot fail, whatever its data."""
    found, builder = spec(node.op), lowering.builder
    if found.asynchronous or not found.pure:
        return False
    if node.op == "GatherV2":
        return builder.operand(builder.tensor(node.inputs[1])).value is not None
    if node.op in _MAY_FAIL:
        return False
    inputs = found.operand_inputs(len(node.inputs))
    return all(
        not item.host
        or builder.operand(builder.tensor(value)).sizes is not None
        or builder.tensor(value).array is not None
        for item, value in zip(inputs, node.inputs, strict=False)
    )


def _work(lowering: Lowering, node: Node) -> float:
    """The multiplications of a node; dims that are not known count as 1."""
    results = sum(_count(kind) for kind in node.types)
    kinds = [lowering.builder.tensor(value).type for value in node.inputs]
    if node.op in _PRODUCTS:
        return results * max((int(size) for size in kinds[0].shape[-2:] if isinstance(size, int)), default=1)
    if node.op in _CONVOLUTIONS:
        last = kinds[1].shape[-1]
        return results * _count(kinds[1]) / (last if isinstance(last, int) and last else 1)
    return results


def _count(kind: TensorType) -> int:
    return prod(size for size in kind.shape if isinstance(size, int))


def _selected(lowering: Lowering, index: Tensor, options: Sequence[Operand]) -> Operand:
    """One result of the branch of an index; the same result everywhere needs no choice."""
    if all(same(option, options[0]) for option in options):
        return options[0]
    if any(isinstance(option, Broken) for option in options):
        return BROKEN
    if any(isinstance(option, Items | Rows | Unset | Collector) for option in options):
        return _selected_lists(lowering, index, options)
    found = [lowering.tensor(option) for option in options]
    if any(isinstance(option, Complex) for option in found):
        pairs = [whole(option) for option in found]
        if not all(isinstance(pair, Complex) for pair in pairs):
            raise OpError("a result is complex in some branches alone")
        real, imag = zip(*((pair.real, pair.imag) for pair in pairs if isinstance(pair, Complex)), strict=True)
        return Complex(_select(index, real), _select(index, imag))
    return _select(index, [option for option in found if isinstance(option, Tensor)])


def _select(index: Tensor, options: Sequence[Tensor]) -> Tensor:
    if len({option.type for option in options}) > 1:
        raise OpError("the branches give different shapes")
    if index.dtype is DType.BOOL:
        return select(index, options[1], options[0])
    found = options[-1]
    for number in range(len(options) - 2, -1, -1):
        here = elementwise("Equal", index, index.builder.const(number, DType.INT32))
        found = select(here, options[number], found)
    return found


def _selected_lists(lowering: Lowering, index: Tensor, options: Sequence[Operand]) -> Operand:
    lists = _lists(options)
    if all(isinstance(each, Items) for each in lists):
        items = [each for each in lists if isinstance(each, Items)]
        if len({len(each.items) for each in items}) == 1:
            slots = zip(*(each.items for each in items), strict=True)
            made = tuple(
                None if all(item is None for item in row) else _selected(lowering, index, _filled(lowering, items, row))
                for row in slots
            )
            return Items(items[0].dtype, items[0].shape, made)
    rows = [dense(lowering, each).rows for each in _shaped(lists)]
    return Rows(lists[0].dtype, lists[0].shape, _select(index, rows))


def _lists(options: Sequence[Operand]) -> list[List]:
    lists: list[List] = [option for option in options if isinstance(option, Items | Rows | Unset | Collector)]
    if len(lists) != len(options) or any(isinstance(option, Collector) for option in lists):
        raise OpError("the branches do different things to a list that a loop fills")
    return lists


def _shaped(lists: Sequence[List]) -> list[List]:
    """The lists, all of which know the shape of their elements if one does."""
    known = [shape for shape in map(element_shape, lists) if shape is not None and None not in shape]
    return [replace(each, shape=known[0]) for each in lists] if known else list(lists)


def _filled(lowering: Lowering, lists: Sequence[Items], row: Sequence[Operand | None]) -> list[Operand]:
    shaped = _shaped([Items(lists[0].dtype, lists[0].shape, tuple(row))])[0]
    return [zeros(lowering, shaped) if item is None else item for item in row]


class _RefusedError(Exception):
    """A branch holds what was refused, and told."""


# --- one of them ------------------------------------------------------------------------------------------------------


def _switched(lowering: Lowering, index: Tensor, bodies: Sequence[Body], values: Sequence[Operand]) -> list[Operand]:
    """The first branch, or else one of the others."""
    values = [whole(value) for value in values]
    live = {
        t.value: t for value in values for t in tensors_of(value) if computed(t) and sizes_again(lowering, t) is None
    }
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
