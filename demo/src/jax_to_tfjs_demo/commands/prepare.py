"""`prepare`: the folders that checkpoints are written into."""

from __future__ import annotations

import argparse
import json

from jax_to_tfjs_demo.checkpoints.prepare import prepare
from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import following


def command(name: str = "app prepare") -> Command:
    """The command under a name."""
    return Command(name, "make the folders for checkpoints, one for each model", add_arguments, run, ("",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `prepare`."""
    options.add_checkpoints(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Makes what is missing. Training does the same by itself."""
    found = prepare(options.MODEL_TYPES, arguments.checkpoints)
    if arguments.json:
        print(json.dumps([{"path": each.path.as_posix(), "made": each.made} for each in found]))
        return DONE
    for each in found:
        print(f"{each.path.as_posix()}/  {'made' if each.made else 'is there already'}")
    print(following(("app train jax", "train a model"), ("app train-all", "train all four")))
    return DONE
