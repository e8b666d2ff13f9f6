"""The wizard asks, shows the command, and runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat import old
from totfjs.cli import main
from totfjs.cli.convert import FORMATS
from totfjs.cli.wizard import _FORMATS
from totfjs.compat.wizard import main as tensorflowjs_wizard


class Person:
    """Answers by the words that a question holds; nothing to all others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: list[tuple[str, str]]) -> None:
        self.answers, self.asked = answers, list[str]()
        monkeypatch.setattr("builtins.input", self.answer)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def answer(self, question: str) -> str:
        self.asked.append(question)
        for at, (words, answer) in enumerate(self.answers):
            if words in question:
                del self.answers[at]
                return answer
        return ""


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Path]:
    yield old.unpacked("models/tiny.h5", tmp_path)


def test_without_a_terminal_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wizard"]) == 2
    assert "there is no terminal" in capsys.readouterr().err


def test_answers_become_a_command_that_is_run(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = model.parent / "web"
    person = Person(monkeypatch, [("Which model", str(model)), ("be stored", "4"), ("be written", str(output))])
    assert main(["wizard"]) == 0
    assert not person.answers
    printed = capsys.readouterr().out
    assert f"totfjs convert {model} {output} --from keras --quantize uint8\n" in printed
    assert "verified on cpu, wasm" in printed
    assert (output / "model.json").is_file()


@pytest.mark.parametrize("flag", ["--dryrun", "--dry-run"])
def test_a_dry_run_only_shows_the_command(
    flag: str, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = model.parent / "my web"
    answers = [
        ("Which model", str(model)), ("shall it become", "graph"), ("be stored", "float16"),
        ("Which weights", "conv/*, dense/*"), ("weight file", "1MB"), ("metadata", "labels=labels.json"),
        ("be written", str(output)),
    ]  # fmt: skip
    Person(monkeypatch, answers)
    assert tensorflowjs_wizard([flag]) == 0
    expected = (
        f"totfjs convert {model} '{output}' --from keras --to graph --quantize 'float16:conv/*' "
        "--quantize 'float16:dense/*' --shard-size 1MB --metadata labels=labels.json"
    )
    assert expected in capsys.readouterr().out
    assert not output.exists()


def test_wrong_answers_are_asked_again(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [
        ("Which model", ""), ("Which model", "/nowhere"), ("Which model", str(model)), ("What is it", "9"),
        ("shall it become", "tflite"), ("weight file", "large"), ("metadata", "labels"),
        ("be written", ""), ("be written", str(model.parent)), ("Replace it", "perhaps"), ("Replace it", "no"),
        ("be written", str(model.parent / "web")),
    ]  # fmt: skip
    Person(monkeypatch, answers)
    assert main(["wizard", "--dryrun"]) == 0
    printed = capsys.readouterr().out
    for said in ("Name a model", "no /nowhere", "1 to 7", "1 to 4", "4MiB", "KEY=FILE", "has to be", "yes or no"):
        assert said in printed
    assert "--force" not in printed


def test_what_is_there_is_replaced_when_the_user_says_so(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [("Which model", str(model)), ("be written", str(model.parent)), ("Replace it", "y")]
    Person(monkeypatch, answers)
    assert main(["wizard", "--dryrun"]) == 0
    assert "--force" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "answers", "words"),
    [
        ("pkg.models:Net", [("Another input", "x:float32[b,3]"), ("checkpoint", "ckpt")],
         "--from python --input 'x:float32[b,3]' --weights ckpt"),
        ("https://tfhub.dev/google/x/1", [("Which signature", "image")], "--from hub --signature image"),
        ("s", [("What is it", "frozen"), ("are the outputs", "logits,probs")], "--from frozen --outputs logits,probs"),
        ("s", [("What is it", "saved_model"), ("Which tags", "serve,gpu")], "--from saved_model --tags serve,gpu"),
    ],
)  # fmt: skip
def test_each_format_is_asked_for_what_it_needs(
    name: str,
    answers: list[tuple[str, str]],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    Person(monkeypatch, [("Which model", name), *answers, ("be written", "out")])
    assert main(["wizard", "--dryrun"]) == 0
    assert capsys.readouterr().out.strip() == f"totfjs convert {name} out {words}"


def test_who_leaves_has_converted_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", leave)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main(["wizard"]) == 2
    assert "left before" in capsys.readouterr().err


def test_it_knows_all_formats() -> None:
    assert set(_FORMATS) == set(FORMATS)
