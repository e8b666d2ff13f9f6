"""Every command line of the guide, as it is written there after `uv run`, in one working directory and in its order."""

from __future__ import annotations

import os
import shlex
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.demo.workplace import Workplace, environment, standing_in

PROJECT = Path(__file__).parents[2] / "demo/pyproject.toml"
GUIDE = (
    ("app help", "quickstart"),
    ("app train jax --epochs 10 --batch-size 32", "jax_mnist: 96 images, 10 epochs, on"),
    ("app train flax --epochs 10 --batch-size 32", "checkpoint: checkpoints/flax_mnist/10"),
    (
        "app convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1",
        "tfjs_models/jax_mnist: graph model, 2 files, 1.6 MiB",
    ),
    (
        "app convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1 --quantization uint8",
        "tfjs_models/jax_mnist_uint8: graph model, 2 files, 420.3 KiB, weights as uint8",
    ),
    ("app verify tfjs_models/jax_mnist", "passed: none, all predictions are equal"),
    ("app check", "checkpoints/flax_mnist/10"),
    ("app examine --checkpoint-path checkpoints/jax_mnist/1", "parameters: 421,642 numbers"),
    ("app train-all", "keras_mnist"),
    ("train-jax", "jax_mnist: trained for 10 epochs already"),
    ("train-jax --epochs 10 --lr 0.0005", "they are now in checkpoints/jax_mnist.1, and training begins anew"),
    ("train-flax", "flax_mnist: trained for 10 epochs already"),
    ("train-flax --epochs 10 --lr 0.0005", "they are now in checkpoints/flax_mnist.1, and training begins anew"),
    ("train-all", "they are now in checkpoints/jax_mnist.2"),
    ("train-all --model jax", "jax_mnist: trained for 5 epochs already"),
    ("train-all --model flax", "flax_mnist: trained for 5 epochs already"),
    ("train-all --epochs 10 --lr 0.0005 --model all", "checkpoints/keras_mnist/10"),
    ("convert", "keras_mnist: checkpoints/keras_mnist/10 (epoch 10, "),
    ("convert-interactive", "convert-interactive asks questions, and standard input is not a terminal."),
    (
        "convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1",
        "proved in TensorFlow.js on cpu, wasm",
    ),
    (
        "convert --model-type jax_mnist --checkpoint-path checkpoints/jax_mnist/1 --quantization uint8",
        "proved in TensorFlow.js on cpu, wasm",
    ),
    ("prepare-ckpt", "checkpoints/nnx_mnist/  is there already"),
    ("check-ckpt", "checkpoints/jax_mnist/1"),
    ("examine-ckpt", "keras_mnist: checkpoints/keras_mnist/10"),
    ("examine-ckpt --model-type jax_mnist --step 1", "jax_mnist: checkpoints/jax_mnist/1 (epoch 1, "),
    ("verify-tfjs --model-path tfjs_models/jax_mnist", "passed: none, all predictions are equal"),
)
# There is nobody to ask in a test: its own test is at a pseudo-terminal.
STATUS = {"convert-interactive": 2}


def test_every_line_of_the_guide_runs(
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    subtests: pytest.Subtests,
) -> None:
    scripts = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["scripts"]
    with (
        standing_in(workplace.directory, environment(workplace.data)),
        Path(os.devnull).open(encoding="utf-8") as nobody,
    ):
        monkeypatch.setattr("sys.stdin", nobody)
        for line, expected in GUIDE:
            with subtests.test(line):
                script, *words = shlex.split(line)
                module, _, name = scripts[script].partition(":")
                monkeypatch.setattr(sys, "argv", [script, *words])
                with pytest.raises(SystemExit) as ended:
                    getattr(import_module(module), name)()
                told = capsys.readouterr()
                assert ended.value.code == STATUS.get(script, 0), told.err
                assert expected in told.out + told.err
