from __future__ import annotations

import itertools

import numpy as np
import pytest

from totfjs.graph.dims import evaluate, symbol
from totfjs.graph.ops.windows import Windows, spatial

PLACES = list(itertools.product((1, 2, 3), (1, 2, 3), (1, 2), ("SAME", "VALID")))


@pytest.mark.parametrize(("kernel", "step", "dilation", "padding"), PLACES)
def test_symbolic_counts_are_the_numbers_of_windows_that_fit(
    kernel: int, step: int, dilation: int, padding: str
) -> None:
    view = Windows((kernel,), (step,), (dilation,), padding)
    for size in range(5, 12):
        (before, after), *_ = view.pads((size,))
        starts = range(0, before + size + after - view.extents[0] + 1, step)
        (symbolic,) = view.counts((symbol("n"),))
        assert view.counts((size,)) == (evaluate(symbolic, {"n": size}),) == (len(starts),)


def test_the_taps_of_a_window_see_what_it_covers() -> None:
    view = Windows((2,), (2,), (3,), "EXPLICIT", ((1, 2),))
    x = np.arange(1.0, 6).reshape(1, 5, 1)
    seen = [values.ravel().tolist() for _, values in view.taps(view.padded(x), view.counts((5,)))]  # type: ignore[arg-type]
    assert seen == [[0, 2, 4], [3, 5, 0]]


def test_same_starts_late_where_the_last_window_ends_before_the_input() -> None:
    view = Windows((1,), (2,), (1,), "SAME")
    assert view.starts_late((4,))
    assert not view.starts_late((5,))
    assert view.starts_late((symbol("n"),))
    assert not Windows((2,), (2,), (1,), "SAME").starts_late((symbol("n"),))


@pytest.mark.parametrize("strides", [(2, 2), (2, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 3)])
def test_strides_are_one_outside_of_the_spatial_axes(strides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="strides"):
        spatial(strides, 2, "strides")
