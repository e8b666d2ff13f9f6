"""The scripts that the guide calls by names of their own: `train-jax`, `convert`, `verify-tfjs` and the others."""

from __future__ import annotations

import sys
from typing import NoReturn

from jax_to_tfjs_demo.commands import check, examine, prepare, train, verify
from jax_to_tfjs_demo.commands import convert as conversion
from jax_to_tfjs_demo.commands import convert_interactive as interactive
from jax_to_tfjs_demo.commands import train_all as training
from jax_to_tfjs_demo.commands.command import Command
from jax_to_tfjs_demo.commands.outcome import run


def train_jax() -> NoReturn:
    """`train-jax`."""
    _end(train.command_of("jax", "train-jax"))


def train_flax() -> NoReturn:
    """`train-flax`."""
    _end(train.command_of("flax", "train-flax"))


def train_all() -> NoReturn:
    """`train-all`."""
    _end(training.command("train-all"))


def convert() -> NoReturn:
    """`convert`."""
    _end(conversion.command("convert"))


def convert_interactive() -> NoReturn:
    """`convert-interactive`."""
    _end(interactive.command("convert-interactive"))


def prepare_checkpoints() -> NoReturn:
    """`prepare-ckpt`."""
    _end(prepare.command("prepare-ckpt"))


def check_checkpoints() -> NoReturn:
    """`check-ckpt`."""
    _end(check.command("check-ckpt"))


def examine_checkpoint() -> NoReturn:
    """`examine-ckpt`."""
    _end(examine.command("examine-ckpt"))


def verify_model() -> NoReturn:
    """`verify-tfjs`."""
    _end(verify.command("verify-tfjs"))


def _end(command: Command) -> NoReturn:
    sys.exit(run(command, sys.argv[1:]))
