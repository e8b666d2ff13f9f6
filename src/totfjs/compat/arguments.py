"""Puts arguments in an order that cannot be misread: `--quantize_uint8 IN OUT` is a flag and two paths.

A flag whose value may be left out takes the next word only where that is plainly its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from totfjs.compat.flags import BOOLEANS, FLAGS, PATTERNS, VALUES, WORDS
from totfjs.errors import UsageError

_PATHS = 2


@dataclass
class _Sorted:
    """Arguments by kind. `taken` are words which follow a flag that can do without them, by their place."""

    flags: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    taken: list[tuple[int, str, str]] = field(default_factory=list)


def normal(arguments: Sequence[str]) -> list[str]:
    """The same arguments, paths first; raises when a word may be a pattern and a path alike."""
    found = _sorted(arguments)
    lacking = max(_PATHS - len(found.words), 0)
    for place, flag, word in found.taken:
        if (place, flag, word) in _given_back(found.taken, lacking):
            found.words.append((place, word))
            found.bare.append(flag)
        else:
            found.flags.append(f"{flag}={word}")
    paths = [word for _, word in sorted(found.words)]
    # `--` keeps argparse from reading a path as a flag; what may lack its value comes last of the flags
    return [*found.flags, *found.bare, "--", *paths]


def _given_back(taken: list[tuple[int, str, str]], lacking: int) -> list[tuple[int, str, str]]:
    """Which words are paths after all: as many as paths are lacking."""
    if lacking >= len(taken):
        return taken
    there = [item for item in taken if Path(item[2]).exists()]
    if lacking == 0:
        return []
    if len(there) == lacking:
        return there
    flag, word = taken[0][1:]
    raise UsageError(f"{word} may be a pattern or a path.", remedy=f"Write patterns with =, as in {flag}={word}.")


def _sorted(arguments: Sequence[str]) -> _Sorted:
    """Goes through the words once."""
    found, rest = _Sorted(), enumerate(arguments)
    for place, word in rest:
        if word == "--":
            found.words.extend(rest)
        elif not word.startswith("-") or word == "-":
            found.words.append((place, word))
        elif _takes_next(found, place, *_split(word), following=arguments[place + 1 : place + 2]):
            next(rest)
    return found


def _takes_next(found: _Sorted, place: int, flag: str, value: str | None, following: Sequence[str]) -> bool:
    """Files a flag; whether the word that follows is its value."""
    name, word = flag.removeprefix("--"), following[0] if following else "-"
    if value is not None:
        found.flags.append(f"{flag}={value}")
    elif name in PATTERNS and not word.startswith("-"):
        found.taken.append((place + 1, flag, word))
        return True
    elif (name in BOOLEANS and word.lower() in WORDS) or (name in VALUES and not word.startswith("-")):
        found.flags.append(f"{flag}={word}")
        return True
    else:
        found.bare.append(flag)
    return False


def _split(word: str) -> tuple[str, str | None]:
    """A flag in full, and the value after its `=`."""
    typed, equals, value = word.partition("=")
    matching = [f"--{name}" for name in FLAGS if f"--{name}".startswith(typed)] if typed not in ("-", "--") else []
    exact = typed.removeprefix("--") in FLAGS
    return matching[0] if len(matching) == 1 and not exact else typed, value if equals else None
