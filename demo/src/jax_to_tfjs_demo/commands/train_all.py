"""`train-all`: all models, one after another."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, one_of
from jax_to_tfjs_demo.commands.dataset import loaded, speaker
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import following, share
from jax_to_tfjs_demo.commands.together import leading, together
from jax_to_tfjs_demo.commands.training import STOPPED, add_settings, as_json, settings_of, shown
from jax_to_tfjs_demo.terminal import colours, table

if TYPE_CHECKING:
    from jax_to_tfjs_demo.training.run import Outcome

HEADINGS = ("model", "epochs", "accuracy", "best", "loss", "images/s", "checkpoint")


def command(name: str = "app train-all") -> Command:
    """The command under a name."""
    examples = ("", "--model jax", "--epochs 10 --lr 0.0005 --model all")
    return Command(name, "train all models, one after another", add_arguments, run, examples, STOPPED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which models, and how they are trained."""
    parser.add_argument(
        "--model",
        type=one_of("model", ("all", *options.SHORT, *options.MODEL_TYPES)),
        default="all",
        metavar="NAME",
        help=f"{', '.join(options.SHORT)} or all (default: all)",
    )
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Trains one after another, and shows them beside each other."""
    settings = settings_of(arguments)
    from jax_to_tfjs_demo.models import MODELS, find

    models = MODELS if arguments.model == "all" else (find(arguments.model),)
    with together(arguments, speaker(arguments)) as say:
        dataset = loaded(settings.data, arguments, say)
        outcomes = [
            shown(model, settings, dataset, arguments.checkpoints / model.name, say, resume=not arguments.fresh)
            for model in models
        ]
        if arguments.json and leading():
            print(json.dumps([as_json(outcome) for outcome in outcomes]))
        elif not arguments.json:
            say(described(outcomes))
    return DONE


def described(outcomes: Sequence[Outcome]) -> str:
    """The models in a table."""
    rows = [
        (
            outcome.directory.name, str(outcome.last.epoch), share(outcome.last.accuracy),
            f"{share(outcome.best.accuracy)} (epoch {outcome.best.epoch})", f"{outcome.last.loss:.4f}",
            f"{outcome.last.images_per_second:,.0f}", f"{outcome.directory.as_posix()}/{outcome.last.epoch}",
        )
        for outcome in outcomes
    ]  # fmt: skip
    steps = (
        (f"app convert --model-type {outcomes[-1].directory.name}", "make a web model of one"),
        ("app check", "all checkpoints"),
    )
    return f"{table(HEADINGS, rows, colours=colours())}\n{following(*steps)}"
