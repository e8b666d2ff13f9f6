"""`help`: what there is, and how one goes through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from jax_to_tfjs_demo.commands.command import Command, suggestion, typed
from jax_to_tfjs_demo.commands.outcome import DONE
from jax_to_tfjs_demo.errors import UsageError
from jax_to_tfjs_demo.terminal import colours

WAY = (
    "app train jax --epochs 5",
    "app check",
    "app convert --model-type jax_mnist --quantization uint8",
    "app verify tfjs_models/jax_mnist_uint8",
    "app serve",
)


def run(commands: Mapping[str, Command], words: Sequence[str]) -> int:
    """Shows all commands, or the one that is named."""
    if not words:
        print(described(commands))
    elif words[0] in commands:
        commands[words[0]].parser().print_help()
    else:
        unknown(words[0], commands)
    return DONE


def described(commands: Mapping[str, Command]) -> str:
    """All commands, each in a line."""
    style = colours()
    width = max(map(len, commands))
    return "\n".join(
        [
            f"{style.bold('app')}: train models with JAX and Flax, and ship them to the browser with totfjs",
            "",
            style.bold("commands:"),
            *(f"  {style.cyan(name.ljust(width))}  {command.summary}" for name, command in commands.items()),
            f"  {style.cyan('help'.ljust(width))}  this, or all of one command: {typed('app help convert')}",
            "",
            style.bold("the way through:"),
            *(f"  {typed(line)}" for line in WAY),
            "",
            f"or all of it at once: {style.cyan(typed('app quickstart'))}",
        ]
    )


def unknown(word: str, commands: Mapping[str, Command]) -> NoReturn:
    """Refuses a command that there is not."""
    raise UsageError(f"app has no command {word!r}.", remedy=suggestion(word, tuple(commands)))


def version() -> int:
    """Shows the versions."""
    from importlib.metadata import version as of

    print(f"jax_to_tfjs_demo {of('jax_to_tfjs_demo')}, totfjs {of('totfjs')}")
    return DONE
