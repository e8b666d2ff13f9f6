"""The result of one of several branches, all of which were computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.sources.tensorflow.flow.carry import same, whole
from totfjs.sources.tensorflow.flow.forms import dense
from totfjs.sources.tensorflow.flow.lists import Collector, Items, List, Rows, Unset, element_shape, zeros
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.values import BROKEN, Broken, Operand


def selected(lowering: Lowering, index: Tensor, options: Sequence[Operand]) -> Operand:
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
                None if all(item is None for item in row) else selected(lowering, index, _filled(lowering, items, row))
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
