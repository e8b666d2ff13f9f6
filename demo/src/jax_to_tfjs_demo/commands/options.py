"""Options that several commands have, by the same names and with the same meaning."""

from __future__ import annotations

import argparse
from pathlib import Path

from jax_to_tfjs_demo.commands.command import number, one_of

CHECKPOINTS = Path("checkpoints")
# by their names alone, so that no framework has to be imported to print help
MODEL_TYPES = ("jax_mnist", "flax_mnist", "nnx_mnist", "keras_mnist")
SHORT = tuple(name.removesuffix("_mnist") for name in MODEL_TYPES)
DATA = ("mnist", "fashion", "digits")

whole = number(int, "a whole number from 1", lambda value: value >= 1)
from_zero = number(int, "a whole number from 0", lambda value: value >= 0)
positive = number(float, "a number above 0", lambda value: 0 < value < float("inf"))


def add_checkpoints(parser: argparse.ArgumentParser) -> None:
    """`--checkpoints`."""
    parser.add_argument(
        "--checkpoints",
        type=Path,
        default=CHECKPOINTS,
        metavar="DIR",
        help="the folder with a folder for each model (default: checkpoints)",
    )


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """What names one checkpoint: `--model-type`, `--checkpoint-path`, `--step`, `--checkpoints`."""
    add_model_type(parser)
    parser.add_argument(
        "--checkpoint-path",
        type=Path,
        metavar="PATH",
        help="a checkpoint, such as checkpoints/jax_mnist/1, or the folder of a model, of which the latest is taken",
    )
    parser.add_argument("--step", type=whole, metavar="N", help="the epoch (default: the latest)")
    add_checkpoints(parser)


def add_model_type(parser: argparse.ArgumentParser, default: str = "the model that was trained last") -> None:
    """`--model-type`."""
    parser.add_argument(
        "--model-type",
        type=one_of("model type", (*MODEL_TYPES, *SHORT)),
        metavar="NAME",
        help=f"{', '.join(MODEL_TYPES)} (default: {default})",
    )


def add_data(parser: argparse.ArgumentParser, default: str | None = "mnist") -> None:
    """`--data` and `--data-dir`."""
    parser.add_argument(
        "--data",
        type=one_of("data set", DATA),
        default=default,
        metavar="NAME",
        help=f"{', '.join(DATA)} (default: {default or 'what the model was trained on'})",
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="a folder with the files of the data set (default: $MNIST_DIR)"
    )


def add_backends(parser: argparse.ArgumentParser) -> None:
    """`--backends`."""
    parser.add_argument(
        "--backends",
        default="wasm",
        metavar="LIST",
        help="where TensorFlow.js runs: cpu, wasm, webgl, webgpu, wasm-threads, or all (default: wasm)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
