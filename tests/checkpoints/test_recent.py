"""The arrays that were read last."""

from __future__ import annotations

import numpy as np

from totfjs.checkpoints.recent import Recent

FOUR = np.arange(4, dtype=np.int8)


def test_an_array_that_is_kept_is_given_again() -> None:
    recent = Recent(8)
    assert recent.get("a") is None
    assert recent.keep("a", FOUR) is FOUR
    assert recent.get("a") is FOUR


def test_the_least_recently_used_goes_first() -> None:
    recent = Recent(8)
    recent.keep("a", FOUR)
    recent.keep("b", FOUR)
    recent.get("a")
    recent.keep("c", FOUR)
    assert [recent.get(name) is None for name in "abc"] == [False, True, False]


def test_what_is_larger_than_the_limit_is_not_kept() -> None:
    recent = Recent(3)
    assert recent.keep("a", FOUR) is FOUR
    assert recent.get("a") is None
