import io

import pytest

from jax_to_tfjs_demo.terminal import Colours, colours
from jax_to_tfjs_demo.terminal.colour import encodable, is_terminal
from tests.demo.terminal.screen import Terminal


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_has_colours_and_a_file_has_none() -> None:
    assert colours(Terminal()).red("no") == "\x1b[31mno\x1b[39m"
    assert colours(io.StringIO()).red("no") == "no"


@pytest.mark.parametrize(
    ("variables", "on_a_terminal", "in_a_file"),
    [
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_the_environment_is_heeded(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], on_a_terminal: bool, in_a_file: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colours(Terminal()).enabled is on_a_terminal
    assert colours(io.StringIO()).enabled is in_a_file


@pytest.mark.parametrize("style", ["bold", "dim", "red", "green", "yellow", "cyan"])
def test_every_style_ends_itself_and_leaves_nothing_of_an_empty_text(style: str) -> None:
    begun = getattr(Colours(True), style)("text")
    assert begun.startswith("\x1b[")
    assert begun.endswith("m")
    assert begun.count("\x1b[") == 2
    assert getattr(Colours(True), style)("") == ""
    assert getattr(Colours(False), style)("text") == "text"


def test_a_stream_that_is_closed_or_missing_is_no_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert not is_terminal(closed)
    assert not is_terminal(None)


def test_letters_that_a_stream_cannot_write_become_question_marks() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert encodable("한글 ❯ text", ascii_only) == "?? ? text"
    assert encodable("한글 ❯ text", Terminal()) == "한글 ❯ text"
