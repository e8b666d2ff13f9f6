"""Names that tfjs-layers takes."""

from __future__ import annotations

import pytest

from totfjs.sources.keras.browser.names import Names


@pytest.mark.parametrize(("wanted", "given"), [
    ("dense_1", "dense_1"),
    ("a.b-c/d", "a.b-c/d"),
    ("7", "7"),
    ("with space", "with_space"),
    ("ünï", "layer_n_"),
    ("_first", "layer_first"),
    ("-x", "layer_-x"),
    ("constructor", "layer_constructor"),
    ("", "layer_"),
])  # fmt: skip
def test_a_name_keeps_what_is_allowed(wanted: str, given: str) -> None:
    assert Names().take(wanted) == given


def test_a_name_is_given_once() -> None:
    names = Names()
    assert [names.take("x y"), names.take("x_y"), names.take("x_y")] == ["x_y", "x_y_1", "x_y_2"]
    assert names.renamed == {"x y": "x_y", "x_y": "x_y_2"}


def test_names_of_parts_are_not_told() -> None:
    names = Names()
    assert names.take("a b_part", told=False) == "a_b_part"
    assert names.renamed == {}
