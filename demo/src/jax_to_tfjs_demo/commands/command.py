"""What a command is: words on a command line that become a call, and how its help reads."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from jax_to_tfjs_demo.errors import UsageError

_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command of `app`, or a script of its own. `examples` are the words after its name."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[str, ...] = ()
    # what Ctrl-C leaves behind, in a sentence
    stopped: str = "Nothing was changed."

    def parser(self) -> argparse.ArgumentParser:
        """What reads its words."""
        parser = _Parser(
            prog=self.name,
            description=self.summary[0].upper() + self.summary[1:] + ".",
            epilog="\n".join(["examples:", *(f"  {typed(self.name, example)}" for example in self.examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_arguments(parser)
        return parser


def typed(*words: str) -> str:
    """A command line as the user of this process types it: by `uv run`, or in place of `app` what `DEMO_APP` says."""
    line = " ".join(word for word in words if word)
    if line.startswith("app ") and "DEMO_APP" in os.environ:
        return f"{os.environ['DEMO_APP']} {line.removeprefix('app ')}"
    return f"uv run {line}" if "UV_RUN_RECURSION_DEPTH" in os.environ else line


def one_of(what: str, names: Iterable[str]) -> Callable[[str], str]:
    """A type of argparse: one of some words, with the one that was meant when it is none of them."""
    known = tuple(names)

    def checked(word: str) -> str:
        if word in known:
            return word
        raise UsageError(f"There is no {what} {word!r}.", remedy=suggestion(word, known))

    return checked


def number(kind: Callable[[str], Any], what: str, holds: Callable[[Any], bool]) -> Callable[[str], Any]:
    """A type of argparse: a number that is as `what` says."""

    def checked(word: str) -> Any:
        try:
            value = kind(word)
        except ValueError:
            value = None
        if value is None or not holds(value):
            raise argparse.ArgumentTypeError(f"{word!r} is not {what}")
        return value

    return checked


def suggestion(word: str, known: Sequence[str]) -> str:
    """The word that was perhaps meant, and all that there are."""
    near = difflib.get_close_matches(word.lower(), known, 1, 0.55)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}Choose one of {', '.join(known)}."


class _Parser(argparse.ArgumentParser):
    """Reports what it cannot read as an error with a remedy, instead of ending the program itself."""

    def error(self, message: str) -> NoReturn:
        unknown = _UNKNOWN.fullmatch(message)
        if unknown:
            raise self._unknown(unknown[1].split())
        raise UsageError(f"{message[0].upper()}{message[1:]}.", remedy=f"{typed(self.prog, '--help')} shows examples.")

    def _unknown(self, words: Sequence[str]) -> UsageError:
        word = words[0].partition("=")[0]
        options = sorted(set(re.findall(r"--[a-z][a-z-]*", self.format_usage())))
        near = difflib.get_close_matches(word, options, 1, 0.55) if word.startswith("-") else []
        meant = f"Did you mean {near[0]}? " if near else ""
        what = "option" if word.startswith("-") else "word that fits there:"
        return UsageError(
            f"{self.prog} has no {what} {word}.", remedy=f"{meant}{typed(self.prog, '--help')} shows all options."
        )
