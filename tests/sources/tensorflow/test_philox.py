"""Philox by the known answers of its authors, and what is made of its words."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.sources.tensorflow import philox

ALL = 2**64 - 1
# Random123's known answers for philox4x32-10: counter, key, words.
ANSWERS = [
    ((0, 0), 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((ALL, ALL), ALL, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ((0x85A308D3243F6A88, 0x0370734413198A2E), 0x299F31D0A4093822, "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "words"), ANSWERS)
def test_a_block_has_the_known_words(counter: tuple[int, int], key: int, words: str) -> None:
    assert [f"{word:08x}" for word in philox.blocks(key, counter, 1)[0]] == words.split()


def test_the_counter_carries_over_into_its_upper_half() -> None:
    across = philox.blocks(7, (ALL, 3), 2)
    assert np.array_equal(across[1], philox.blocks(7, (0, 4), 1)[0])


def test_fewer_numbers_are_the_first_of_more() -> None:
    key, counter = philox.key_and_counter((1, 2))
    few, many = (philox.truncated_normal(key, counter, (count,)) for count in (5, 30))
    assert np.array_equal(few, many[:5])
    assert (np.abs(many) < 2).all()


def test_uniform_numbers_are_below_one() -> None:
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        drawn = philox.uniform(*philox.key_and_counter((3, 4)), (1000,), dtype)
        assert drawn.min() >= 0 and drawn.max() < 1 and abs(drawn.mean() - 0.5) < 0.05


def test_no_numbers_are_drawn_of_an_empty_shape() -> None:
    key, counter = philox.key_and_counter((0, 0))
    assert philox.normal(key, counter, (0, 3)).shape == (0, 3)
    assert philox.truncated_normal(key, counter, (2, 0)).shape == (2, 0)
