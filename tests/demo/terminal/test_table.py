import pytest

from jax_to_tfjs_demo.terminal import Colours, table
from jax_to_tfjs_demo.terminal.width import width


def test_columns_line_up_and_amounts_are_at_the_right() -> None:
    shown = table(
        ["step", "date", "accuracy", "size", "state"],
        [
            [1, "2026-11-22 10:00", "98.4 %", "4.9 MB", "complete"],
            [12, "2026-11-22 10:05", None, "12,300 B", "torn"],
        ],
    )
    assert shown.splitlines() == [
        "step  date              accuracy      size  state",
        "   1  2026-11-22 10:00    98.4 %    4.9 MB  complete",
        "  12  2026-11-22 10:05         –  12,300 B  torn",
    ]


def test_korean_letters_take_two_cells() -> None:
    lines = table(["모델", "정확도"], [["jax", 98.4], ["플랙스", 9.1]]).splitlines()
    assert lines == ["모델    정확도", "jax       98.4", "플랙스     9.1"]
    assert {width(line) for line in lines} == {14}


@pytest.mark.parametrize(
    "amount", ["3", "-1.5", "12,300", "98.4 %", "1.2e-7", "5.8 MB", "512 KiB", "0.5 ms", "≤ 1", "4.0 ×"]
)
def test_amounts_are_known_by_their_looks(amount: str) -> None:
    assert table(["a wide heading"], [[amount]]).splitlines()[1] == amount.rjust(14)


@pytest.mark.parametrize("word", ["float32", "28 × 28", "2026-11-22", "1 of 3", "v2"])
def test_words_are_at_the_left(word: str) -> None:
    assert table(["a wide heading"], [[word]]).splitlines()[1] == word


def test_colours_do_not_move_columns() -> None:
    style = Colours(True)
    shown = table(["model", "verdict"], [[style.cyan("jax"), style.green("passed")], ["flax", "passed"]], colours=style)
    assert shown.startswith("\x1b[1mmodel  verdict\x1b[22m\n")
    assert [width(line) for line in shown.splitlines()] == [14, 13, 13]


def test_an_amount_in_colour_is_still_one() -> None:
    shown = table(["accuracy"], [[Colours(True).green("98.4 %")], ["100.0 %"]])
    assert [width(line) for line in shown.splitlines()] == [8, 8, 8]


def test_headings_stand_alone_when_there_are_no_rows() -> None:
    assert table(["step", "date"], []) == "step  date"


def test_a_row_of_another_length_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="a row has 1 cells under 2 headings"):
        table(["step", "date"], [[1]])
