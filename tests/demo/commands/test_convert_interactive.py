"""Questions answered at a real pseudo-terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.demo.terminal.person import Person, at_a_terminal, needs_a_terminal
from tests.demo.workplace import Workplace, environment


@contextmanager
def asked(place: Workplace) -> Iterator[Person]:
    words = ["-m", "jax_to_tfjs_demo.app", "convert-interactive"]
    with at_a_terminal(words, environment(place.data), place.directory, columns=150) as person:
        yield person


@needs_a_terminal
def test_arrow_keys_lead_to_a_command_that_is_shown_and_run(trained: Workplace) -> None:
    with asked(trained) as person:
        assert "epochs 1 and 2" in person.sees("Which model?")
        person.types("\r")
        person.sees("Which checkpoint?")
        shown = person.sees("epoch 1 ")
        assert shown.index("epoch 2 ") < shown.index("epoch 1 ")
        assert shown.count("accuracy") == 2 and "the best" in shown
        person.types("\x1b[B\r")
        person.sees("How shall the weights be stored?")
        assert "uint8    about 418.6 KiB" in person.sees("tenth of a point")
        person.types("\x1b[A\r")
        person.sees("[tfjs_models/jax_mnist_uint8]")
        person.types("my model\n")
        command = "--model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1 --quantization uint8"
        assert f"app convert {command} --output 'my model'" in person.sees("leave it at that")
        person.types("\r")
        person.sees("proved in TensorFlow.js on cpu, wasm")
        assert person.waits() == 0
    assert (trained.directory / "my model/model.json").is_file()


@needs_a_terminal
def test_who_leaves_has_converted_nothing(trained: Workplace) -> None:
    with asked(trained) as person:
        person.sees("Which model?")
        person.types("\x1b")
        person.sees("Stopped. Nothing was converted.")
        assert person.waits() == 130
    assert not (trained.directory / "tfjs_models").exists()


@needs_a_terminal
def test_the_command_may_be_left_at_that(trained: Workplace) -> None:
    with asked(trained) as person:
        for question, answer in (("Which model?", "\r"), ("Which checkpoint?", "\r"), ("be stored?", "\r")):
            person.sees(question)
            person.types(answer)
        person.sees("[tfjs_models/jax_mnist]")
        person.types("\n")
        person.sees(
            "app convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/2 --quantization none\n"
        )
        person.sees("leave it at that")
        person.types("2\r")
        assert person.waits() == 0
    assert not (trained.directory / "tfjs_models").exists()


def test_where_nobody_can_answer_the_command_is_said(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(os.devnull, encoding="utf-8") as nobody:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nobody)
        assert trained.app("convert-interactive") == 2
    told = capsys.readouterr().err
    assert "standard input is not a terminal" in told
    assert "app convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1 --quantization uint8" in told
