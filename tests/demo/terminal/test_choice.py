"""Questions as they are asked of a person, at a real pseudo-terminal; and of nobody, where there is none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.terminal import ask, choose, keys
from jax_to_tfjs_demo.terminal.choice import HELP, Cursor
from tests.demo.terminal.person import Person, at_a_terminal, needs_a_terminal

OPTIONS = ["jax_mnist", "flax_mnist", "정확도가 높은 것"]

# what runs at the terminal: it makes it its own, as a shell would, and says at the end what was answered
PROGRAM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from jax_to_tfjs_demo.terminal import Cancelled, ask, choose
before = termios.tcgetattr(0)
try:
    answer = {question}
except Cancelled:
    answer = "left"
print("restored" if termios.tcgetattr(0) == before else "NOT restored")
print("answer:", answer)
"""


@contextmanager
def asked(question: str, rows: int = 24, columns: int = 80) -> Iterator[Person]:
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = ["-c", PROGRAM.replace("{question}", question)]
    with at_a_terminal(words, paths, rows=rows, columns=columns) as person:
        yield person


@needs_a_terminal
@pytest.mark.parametrize(
    ("presses", "index"),
    [
        (["\r"], 0),
        (["\x1b[B", "\x1b[B", "\r"], 2),
        (["j", "k", "j", "\r"], 1),
        (["\x1b[A", "\r"], 2),
        (["2", "\r"], 1),
        (["9", "x", "\r"], 0),
    ],
)
def test_arrows_letters_and_numbers_lead_to_an_answer(presses: list[str], index: int) -> None:
    with asked(f"choose('Which model?', {OPTIONS})") as person:
        person.sees(OPTIONS[-1])
        person.types(*presses)
        assert person.is_told() == f"Which model? {OPTIONS[index]}\nrestored\nanswer: {index}"


@needs_a_terminal
def test_the_list_is_rewritten_in_its_place() -> None:
    with asked(f"choose('Which model?', {OPTIONS}, default=1)") as person:
        person.sees(OPTIONS[-1])
        assert person.screen.text == f"Which model?  {HELP}\n  1  jax_mnist\n❯ 2  flax_mnist\n  3  {OPTIONS[2]}"
        assert not person.screen.cursor_shown
        person.types("j")
        person.sees("❯ 3")
        assert person.screen.text == f"Which model?  {HELP}\n  1  jax_mnist\n  2  flax_mnist\n❯ 3  {OPTIONS[2]}"


@needs_a_terminal
@pytest.mark.parametrize("press", ["\x1b", "\x03", "q"])
def test_one_can_leave_and_the_terminal_is_as_before(press: str) -> None:
    with asked(f"choose('Which model?', {OPTIONS})") as person:
        person.sees(OPTIONS[-1])
        person.types(press)
        assert person.is_told().removeprefix("^C\n") == "restored\nanswer: left"


@needs_a_terminal
def test_a_polite_kill_leaves_a_terminal_in_order() -> None:
    with asked(f"choose('Which model?', {OPTIONS})") as person:
        person.sees(OPTIONS[-1])
        person.process.terminate()
        assert person.is_told() == ""
        assert person.process.returncode == 143


@needs_a_terminal
def test_a_list_longer_and_wider_than_the_screen_scrolls_and_is_cut() -> None:
    with asked("choose('Which step?', ['step ' * 20 + str(n) for n in range(1, 31)])", rows=8, columns=40) as person:
        person.sees("6  step")
        shown = person.screen.text.splitlines()
        assert len(shown) == 7
        assert all(len(line) < 40 for line in shown)
        person.types("2", "3")
        person.sees("❯ 23  step")
        assert len(person.screen.text.splitlines()) == 7
        person.types("\r")
        assert person.is_told().endswith("answer: 22")


@needs_a_terminal
@pytest.mark.parametrize(
    ("typed", "answer"), [("\n", "tfjs_models/jax"), (" 다른 곳 \n", "다른 곳"), ("\x03", "left"), ("\x04", "left")]
)
def test_a_line_is_asked_for_and_enter_takes_the_default(typed: str, answer: str) -> None:
    with asked("ask('Where to?', 'tfjs_models/jax')") as person:
        person.sees("Where to? [tfjs_models/jax]")
        person.types(typed)
        assert person.is_told().endswith(f"restored\nanswer: {answer}")


@pytest.mark.parametrize("question", ["choose('Which model?', ['a'])", "ask('Which model?')"])
def test_where_there_is_no_terminal_it_says_so_and_what_to_do(question: str) -> None:
    program = (
        f"from jax_to_tfjs_demo.terminal import ask, choose\ntry:\n    {question}\nexcept Exception as e:\n    print(e)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", program], input=b"1\n", capture_output=True, check=True, env=environment
    )
    assert ended.stdout.decode().splitlines() == [
        "“Which model?” cannot be asked: standard input is not a terminal.",
        "  fix: Give the answers on the command line instead; every question has a flag. "
        "`app help convert` lists them.",
    ]


def test_the_remedy_is_the_callers_when_it_has_a_better_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DemoError) as refused:
        choose("Which model?", ["a"], remedy="Give --model-type.")
    assert refused.value.remedy == "Give --model-type."
    with pytest.raises(DemoError, match="standard input is not a terminal"):
        ask("Where to?")


def test_nothing_to_choose_from_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="nothing to choose from"):
        choose("Which model?", [])


@pytest.mark.parametrize(
    ("presses", "at"),
    [
        (["1", "2"], 11),
        (["1", "2", "5"], 4),
        (["1", keys.DOWN, "2"], 1),
        (["0"], 0),
        (["5", "0"], 4),
        ([keys.LAST], 11),
        ([keys.LAST, keys.DOWN], 0),
        ([keys.UP], 11),
        (["3", keys.FIRST], 0),
        (["3", "", "x"], 2),
    ],
)
def test_numbers_of_two_digits_are_typed_digit_by_digit(presses: list[str], at: int) -> None:
    cursor = Cursor(0, 12)
    for press in presses:
        cursor = cursor.after(press)
    assert cursor.at == at
