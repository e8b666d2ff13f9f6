from __future__ import annotations

import json

import pytest

from jax_to_tfjs_demo.commands.convert import QUANTIZATIONS
from jax_to_tfjs_demo.conversion import NAMES, origin_of
from tests.demo.workplace import Workplace

Captured = pytest.CaptureFixture[str]


def test_without_options_the_latest_of_the_model_trained_last_is_converted(
    trained: Workplace, capsys: Captured
) -> None:
    assert trained.app("convert") == 0
    told = capsys.readouterr().out
    assert "jax_mnist: checkpoints/jax_mnist/2 (epoch 2, accuracy " in told
    assert "the latest of the only model)" in told
    assert "tfjs_models/jax_mnist: graph model, 2 files, 1.6 MiB\n  in   image: float32[b, 28, 28, 1]\n" in told
    assert "proved in TensorFlow.js on cpu, wasm: max abs error " in told
    assert "next: app verify tfjs_models/jax_mnist" in told


def test_a_quantized_model_says_what_rounding_did_and_where_it_came_from(trained: Workplace, capsys: Captured) -> None:
    words = ("--model-type", "jax_mnist", "--checkpoint-path", "checkpoints/jax_mnist/1", "--quantization", "uint8")
    assert trained.app("convert", *words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["verification"]["passed"], told["checkpoint"]["step"]) == (
        "tfjs_models/jax_mnist_uint8", True, 1,
    )  # fmt: skip
    origin = origin_of(trained.directory / "tfjs_models/jax_mnist_uint8")
    assert origin is not None
    assert (origin.model, origin.checkpoint, origin.step, origin.quantization, origin.data, origin.parameters) == (
        "jax_mnist", "checkpoints/jax_mnist/1", 1, "uint8", "mnist", 421_642,
    )  # fmt: skip
    assert origin.accuracy == told["checkpoint"]["accuracy"]


def test_a_folder_with_something_else_in_it_is_left_alone(trained: Workplace, capsys: Captured) -> None:
    (trained.directory / "mine").mkdir()
    (trained.directory / "mine/thesis.txt").write_text("five years", "utf-8")
    assert trained.app("convert", "--output", "mine") == 1
    told = capsys.readouterr().err
    assert "thesis.txt" in told and "  fix: " in told


def test_the_words_are_those_of_the_conversion() -> None:
    assert QUANTIZATIONS == NAMES
