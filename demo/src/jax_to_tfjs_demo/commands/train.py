"""`train`: one model."""

from __future__ import annotations

import argparse
import json

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, one_of
from jax_to_tfjs_demo.commands.dataset import speaker
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.together import leading, together
from jax_to_tfjs_demo.commands.training import STOPPED, add_settings, as_json, settings_of, trained

SUMMARY = "train a model; a training that was interrupted goes on where it was"


def command(name: str = "app train") -> Command:
    """The command under a name."""
    examples = ("jax", "flax --epochs 10 --batch-size 32", "nnx --augment", "keras --data fashion --fresh")
    return Command(name, SUMMARY, add_arguments, run, examples, STOPPED)


def command_of(model: str, name: str) -> Command:
    """The command that trains one model alone, such as `train-jax`."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.set_defaults(model=model)
        add_settings(parser)

    return Command(name, SUMMARY, add, run, ("", "--epochs 10 --lr 0.0005"), STOPPED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, and how it is trained."""
    parser.add_argument(
        "model",
        type=one_of("model", (*options.SHORT, *options.MODEL_TYPES)),
        metavar="MODEL",
        help=f"which network: {', '.join(options.SHORT)}",
    )
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Trains."""
    settings = settings_of(arguments)
    from jax_to_tfjs_demo.models import find

    with together(arguments, speaker(arguments)) as say:
        outcome = trained(find(arguments.model), settings, arguments, say)
        if arguments.json and leading():
            print(json.dumps(as_json(outcome)))
    return DONE
