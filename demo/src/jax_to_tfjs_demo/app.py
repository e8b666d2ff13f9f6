"""`app`: finds the command that the first word names, and runs it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from jax_to_tfjs_demo.commands import (
    build_site,
    check,
    convert,
    convert_interactive,
    examine,
    overview,
    prepare,
    quickstart,
    serve,
    train,
    train_all,
    verify,
)
from jax_to_tfjs_demo.commands.command import Command
from jax_to_tfjs_demo.commands.outcome import USAGE, outcome, run

COMMANDS: Mapping[str, Command] = {
    command.name.removeprefix("app "): command
    for command in (
        quickstart.command(),
        train.command(),
        train_all.command(),
        convert.command(),
        convert_interactive.command(),
        verify.command(),
        check.command(),
        examine.command(),
        prepare.command(),
        serve.command(),
        build_site.command(),
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, and gives its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words:
        return outcome(lambda: overview.run(COMMANDS, ())) or USAGE
    first, *rest = words
    if first in ("help", "--help", "-h"):
        return outcome(lambda: overview.run(COMMANDS, rest))
    if first == "--version":
        return outcome(overview.version)
    if first not in COMMANDS:
        return outcome(lambda: overview.unknown(first, COMMANDS))
    return run(COMMANDS[first], rest)


def console() -> NoReturn:
    """`app` as a program of its own."""
    sys.exit(main())


if __name__ == "__main__":
    console()
