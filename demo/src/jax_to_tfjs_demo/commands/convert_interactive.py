"""`convert-interactive`: asks what to convert, shows the command that does it, and runs it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jax_to_tfjs_demo.commands import convert, options
from jax_to_tfjs_demo.commands.command import Command, typed
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.commands.text import joined, moment, share, size
from jax_to_tfjs_demo.errors import DemoError, UsageError
from jax_to_tfjs_demo.terminal import ask, choose, colours

if TYPE_CHECKING:
    from jax_to_tfjs_demo.checkpoints.listing import Record

RUN, SHOW = "run it", "leave it at that"


def command(name: str = "app convert-interactive") -> Command:
    """The command under a name."""
    summary = "choose a model, a checkpoint and a quantization with arrow keys, and convert"
    stopped = "Nothing was converted."
    return Command(name, summary, add_arguments, run, ("",), stopped)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `convert-interactive`."""
    options.add_checkpoints(parser)


def run(arguments: argparse.Namespace) -> int:
    """Asks until the command is whole."""
    if not sys.stdin.isatty():
        raise UsageError(
            "convert-interactive asks questions, and standard input is not a terminal.",
            remedy=f"Say it in one line: {typed('app convert', convert.EXAMPLES[1])} --quantization uint8",
        )
    words = _asked(arguments.checkpoints)
    print(f"\n{colours().cyan(typed('app convert', shlex.join(words)))}\n")
    if choose("Run it?", [RUN, SHOW]) == 1:
        return DONE
    command = convert.command()
    return command.run(command.parser().parse_args(words))


def _asked(root: Path) -> list[str]:
    """The words of the command."""
    from jax_to_tfjs_demo.conversion import default_output

    record = _checkpoint(root)
    model = _model_type(record)
    quantization = _quantization(record)
    usual = default_output(model, quantization)
    output = Path(ask("Where shall the web model be written?", usual.as_posix()))
    words = ["--model-type", model, "--checkpoint-path", record.path.as_posix(), "--quantization", quantization]
    return words if output == usual else [*words, "--output", output.as_posix()]


def _checkpoint(root: Path) -> Record:
    """One of the complete checkpoints, the latest first: its model, if there are several, and its step."""
    from jax_to_tfjs_demo.checkpoints.listing import find

    records = sorted((record for record in find(root) if record.complete), key=lambda record: record.date, reverse=True)
    if not records:
        raise DemoError(f"There is no checkpoint in {root} yet.", remedy=f"Train a model: {typed('app train jax')}")
    names = list(dict.fromkeys(record.model for record in records))
    name = names[choose("Which model?", [_model_line(name, records) for name in names])]
    steps = [record for record in records if record.model == name]
    return steps[choose("Which checkpoint?", [_checkpoint_line(record) for record in steps])]


def _model_line(name: str, records: Sequence[Record]) -> str:
    steps = sorted(record.step for record in records if record.model == name)
    return f"{name:12} epoch{'s' if len(steps) > 1 else ''} {joined([str(step) for step in steps])}"


def _checkpoint_line(record: Record) -> str:
    accuracy = "" if record.accuracy is None else f"accuracy {share(record.accuracy):8}"
    return f"epoch {record.step:<3}  {moment(record.date)}  {accuracy}{'  the best' if record.best else ''}".rstrip()


def _model_type(record: Record) -> str:
    from jax_to_tfjs_demo.checkpoints import disk

    return str(disk.progress_of(record.path).get("model", record.model))


def _quantization(record: Record) -> str:
    """How to store the weights, with the size that comes of it."""
    from jax_to_tfjs_demo.checkpoints.params import load_params
    from jax_to_tfjs_demo.conversion import QUANTIZATIONS

    params, _ = load_params(record.path)
    lines = [f"{each.name:8} about {size(each.size(params)):>9}  {each.effect}" for each in QUANTIZATIONS]
    return QUANTIZATIONS[choose("How shall the weights be stored?", lines)].name
