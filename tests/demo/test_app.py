from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from jax_to_tfjs_demo.app import COMMANDS, main

HEAVY = ("jax", "flax", "keras", "orbax", "optax", "totfjs", "sklearn", "numpy")
PROGRAM = """
import json, sys
from jax_to_tfjs_demo.app import main
main(["help"])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    told = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name}" in told
        assert command.summary in told
    for word in ("train", "train-all", "convert", "convert-interactive", "verify", "check", "examine", "prepare"):
        assert word in COMMANDS
    assert "\x1b" not in told


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert not set(json.loads(done.stderr)) & set(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", name]) == 0
    told = capsys.readouterr().out
    assert f"usage: app {name}" in told
    assert f"examples:\n  app {name}" in told
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("words", "error", "fix"),
    [
        (["trian", "jax"], "app has no command 'trian'.", "Did you mean train?"),
        (["help", "konvert"], "app has no command 'konvert'.", "Did you mean convert?"),
        (["frobnicate"], "app has no command 'frobnicate'.", "Choose one of quickstart, train,"),
        (["train"], "The following arguments are required: MODEL.", "app train --help shows examples."),
        (["train", "jaxx"], "There is no model 'jaxx'.", "Did you mean jax?"),
        (["train", "jax", "--epoch", "3"], "app train has no option --epoch.", "Did you mean --epochs?"),
        (["train", "jax", "--epochs", "ten"], "'ten' is not a whole number from 1.", "--help"),
        (["train", "jax", "--epochs", "0"], "'0' is not a whole number from 1.", "--help"),
        (["train", "jax", "--lr", "-1"], "'-1' is not a number above 0.", "--help"),
        (["train", "jax", "flax"], "app train has no word that fits there: flax.", "--help"),
        (["convert", "--quantization", "int8"], "There is no quantization 'int8'.", "Did you mean uint8?"),
        (["convert", "--model-type", "jax_minst"], "There is no model type 'jax_minst'.", "Did you mean jax_mnist?"),
        (["verify", "a", "--model-path", "b"], "MODEL_DIR and --model-path are both given.", "Give one"),
        (["verify", "a", "--all"], "--all converts for itself, and a web model is named.", "Leave one"),
        (["serve", "--port", "99999"], "'99999' is not a port from 0 to 65535.", "--help"),
    ],
)
def test_wrong_words_are_answered_with_what_was_meant(
    words: list[str], error: str, fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    first, second = told.err.splitlines()
    assert first.startswith("error: ") and error in first
    assert second.startswith("  fix: ") and fix in second


def test_no_word_at_all_shows_the_help_and_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_colours_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["help"])
    main(["trian"])
    told = capsys.readouterr()
    assert "\x1b[36mtrain" in told.out
    assert "\x1b[31merror:" in told.err


def test_commands_are_told_as_they_were_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    main(["help"])
    assert "  uv run app train jax --epochs 5" in capsys.readouterr().out
    monkeypatch.setenv("DEMO_APP", "python dev.py demo")
    main(["help"])
    assert "  python dev.py demo train jax --epochs 5" in capsys.readouterr().out


def test_it_is_a_program() -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    words = [sys.executable, "-m", "jax_to_tfjs_demo.app", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.startswith("jax_to_tfjs_demo ")
    assert ", totfjs " in done.stdout
