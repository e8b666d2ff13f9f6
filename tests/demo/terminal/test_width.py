import unicodedata

import pytest

from jax_to_tfjs_demo.terminal.width import cut, pad, width

RED = "\x1b[31mred\x1b[39m"


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("정확도", 6),
        (unicodedata.normalize("NFD", "정확도"), 6),
        ("é", 1),
        ("e\u0301", 1),
        (RED, 3),
        ("│█▏❯…", 5),
    ],
)
def test_a_text_takes_its_cells(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize("text", ["abc", "정확도", RED])
def test_a_text_is_filled_up_on_either_side(text: str) -> None:
    assert pad(text, 8) == text + " " * (8 - width(text))
    assert pad(text, 8, right=True) == " " * (8 - width(text)) + text
    assert pad(text, 1) == text


@pytest.mark.parametrize(
    ("text", "cells", "kept"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("정확도", 6, "정확도"),
        ("정확도", 5, "정확…"),
        # half a letter is none
        ("정확도", 4, "정…"),
        ("정a확b", 4, "정a…"),
        (RED, 2, "\x1b[31mr…\x1b[39m"),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_to_what_fits(text: str, cells: int, kept: str) -> None:
    shown = cut(text, cells)
    assert width(shown) <= cells
    assert shown.replace("\x1b[39m", "") == kept.replace("\x1b[39m", "")
    assert shown.count("\x1b") == text.count("\x1b")
