"""`check`: the checkpoints that there are."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from jax_to_tfjs_demo.checkpoints.listing import Record, find
from jax_to_tfjs_demo.commands import options
from jax_to_tfjs_demo.commands.command import Command, typed
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import following, moment, share, size
from jax_to_tfjs_demo.terminal import Colours, colours, table

HEADINGS = ("model", "step", "date", "accuracy", "loss", "size", "state", "path")


def command(name: str = "app check") -> Command:
    """The command under a name."""
    examples = ("", "--model-type jax_mnist", "--json")
    return Command(
        name, "list the checkpoints: step, date, accuracy, size, complete or torn", add_arguments, run, examples
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `check`."""
    options.add_model_type(parser, "all models")
    options.add_checkpoints(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Lists them; that there is none is no error."""
    name = None if arguments.model_type is None else f"{arguments.model_type.removesuffix('_mnist')}_mnist"
    records = [record for record in find(arguments.checkpoints) if name in (None, record.model)]
    if arguments.json:
        print(json.dumps([record.as_json() for record in records]))
    elif records:
        print("\n".join(_told(records)))
    else:
        of = f" of {name}" if name else ""
        print(f"There is no checkpoint{of} in {arguments.checkpoints} yet.")
        print(following((f"app train {(name or 'jax_mnist').removesuffix('_mnist')}", "train a model")))
    return DONE


def _told(records: Sequence[Record]) -> list[str]:
    style = colours()
    lines = [table(HEADINGS, [_row(record, style) for record in records], colours=style)]
    torn = [record for record in records if not record.complete]
    if torn:
        lines.append(
            f"Training was interrupted while it wrote the torn ones: nothing reads them, and "
            f"{typed('app train', torn[0].model.removesuffix('_mnist'))} removes them and goes on."
        )
    complete = [record for record in records if record.complete]
    if complete:
        last = max(complete, key=lambda record: record.date).path.as_posix()
        steps = (
            (f"app examine --checkpoint-path {last}", "what is in it"),
            (
                f"app convert --checkpoint-path {last}",
                "make a web model of it",
            ),
        )
        lines.append(following(*steps))
    return lines


def _row(record: Record, style: Colours) -> tuple[object, ...]:
    state = style.green("complete, best") if record.best else "complete"
    loss = None if record.loss is None else f"{record.loss:.4f}"
    return (
        record.model,
        str(record.step),
        moment(record.date),
        share(record.accuracy),
        loss,
        size(record.bytes),
        state if record.complete else style.red("torn"),
        record.path.as_posix(),
    )
