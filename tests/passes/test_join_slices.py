from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.passes.harness import Builder, Tensor, b, build, fires, stays
from totfjs.passes.join_slices import join_slices

Ranges = Sequence[tuple[int, int]]


def slices(ranges: Ranges, axis: int = 1, first: int = 0):
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        def part(begin: int, end: int) -> Tensor:
            begins, sizes = [first, 0, 0], [-1, -1, -1]
            begins[axis], sizes[axis] = begin, end - begin
            return g.op("Slice", x, begins, sizes)

        return tuple(part(*each) for each in ranges)

    return make


@pytest.mark.parametrize(
    "ranges", [[(0, 2), (2, 5), (5, 6)], [(5, 6), (0, 2), (2, 5)], [(0, 3), (3, 6)]], ids=["in order", "any", "equal"]
)
def test_slices_that_cover_an_axis_are_one_split(engine: object, ranges: Ranges) -> None:
    fires(engine, join_slices, build(slices(ranges), (b, 6, 2)), {"SplitV": 1})


def test_the_first_axis_is_covered_too(engine: object) -> None:
    fires(engine, join_slices, build(slices([(n, n + 1) for n in range(4)], axis=0), (4, 3, 2)), {"SplitV": 1})


@pytest.mark.parametrize(
    "ranges",
    [[(0, 2), (2, 5)], [(1, 3), (3, 6)], [(0, 3), (2, 6)], [(0, 2), (3, 6)], [(0, 3), (0, 3), (3, 6)]],
    ids=["end missing", "start missing", "overlap", "gap", "a part twice"],
)
def test_slices_that_are_not_all_the_parts_stay(ranges: Ranges) -> None:
    stays(join_slices, build(slices(ranges), (b, 6, 2)))


def test_slices_of_a_part_of_the_other_axes_stay() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(g.op("Slice", x, [1, begin], [2, 3]) for begin in (0, 3))

    stays(join_slices, build(make, (4, 6)))


def test_a_whole_slice_and_a_computed_beginning_stay() -> None:
    def make(g: Builder, x: Tensor) -> tuple[Tensor, ...]:
        begin = g.op("Slice", g.op("Shape", x), [0], [1])
        begins = g.op("ConcatV2", begin * 0, g.const([0]), 0)
        return g.op("Slice", x, [0, 0], [-1, -1]), g.op("Slice", x, begins, [-1, 3]), g.op("Slice", x, [0, 3], [-1, 3])

    stays(join_slices, build(make, (b, 6)))
