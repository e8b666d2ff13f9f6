"""Every error has a code, a page with a real message, and a place where it is raised; all texts read alike."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_bad_input import transcript
from totfjs import errors
from totfjs.errors import TotfjsError
from totfjs.sources.running import running
from totfjs.weights.disk import output_error

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "errors"
ERRORS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TotfjsError)]
USERS = [each for each in ERRORS if each is not TotfjsError]
NAMES = [each.__name__ for each in USERS]


@cache
def raised() -> tuple[tuple[str, ast.Call], ...]:
    """Where src makes one of its errors."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "src").rglob("*.py"))}
    return tuple(
        (f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAMES
    )


def _text(node: ast.expr) -> str:
    """A text with its computed parts as `{}`; of two texts to choose from, the first."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    return _text(node.body) if isinstance(node, ast.IfExp) else "{}"


def test_codes_are_words_and_no_two_are_the_same() -> None:
    codes = [each.code for each in ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", code) for code in codes)


def test_every_error_has_a_page_and_every_page_an_error() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == {each.code for each in USERS}


def test_the_index_says_of_each_error_what_the_class_says() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for each in USERS:
        row = f"| [{each.code}]({each.code}.md) | `{each.__name__}` | {str(each.__doc__).strip()} |"
        assert row in index


@pytest.mark.parametrize("each", USERS, ids=lambda each: each.code)
def test_every_error_is_raised_somewhere(each: type[TotfjsError]) -> None:
    assert any(getattr(call.func, "id", "") == each.__name__ for _, call in raised())


@pytest.mark.parametrize(("place", "call"), raised(), ids=[place for place, _ in raised()])
def test_errors_are_said_in_sentences_and_name_a_remedy(place: str, call: ast.Call) -> None:
    what = _text(call.args[0])
    remedy = next((_text(keyword.value) for keyword in call.keywords if keyword.arg == "remedy"), "")
    assert what[0].isupper() or what[0] in "{'-", what
    assert what[-1] in ".:}" or what.count("\n"), what
    assert remedy == "{}" or (remedy[:1].isupper() and remedy[-1] == "."), remedy


def _made() -> Iterator[TotfjsError]:
    """Errors that need a disk or an environment which a test does not have."""
    for path, number in (("out/group1-shard1of1.bin", errno.ENOSPC), ("/opt/web_model", errno.EACCES)):
        yield output_error(Path(path), OSError(number, os.strerror(number)))
    try:
        with running("models.py"):
            raise ModuleNotFoundError(name="jax")
    except TotfjsError as error:
        yield error


def _without_place(message: str) -> str:
    return "".join(line for line in message.splitlines(keepends=True) if not line.startswith("  at: "))


@pytest.mark.parametrize("each", USERS, ids=lambda each: each.code)
def test_the_page_shows_a_message_as_it_is_printed(each: type[TotfjsError]) -> None:
    page = (PAGES / f"{each.code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {each.code}\n\n{str(each.__doc__).strip()} In Python: `totfjs.errors.{each.__name__}`.")
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Wrong", "## Right", "## Why"]
    shown = re.findall(r"```sh\n([^\n]*)\n```\n\n```text\n(.*?)\n```", page, re.DOTALL)
    printed = {(f"totfjs {command}", message) for command, _, message in transcript()}
    made = {_without_place(f"error[{error.code}]: {error}").replace("\\", "/") for error in _made()}
    ((command, message),) = shown
    assert message.startswith(f"error[{each.code}]: ")
    assert (command, message) in printed or _without_place(message) in made
