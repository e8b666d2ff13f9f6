"""How numbers and next steps read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jax_to_tfjs_demo.commands.command import typed
from jax_to_tfjs_demo.terminal import colours


def size(count: int) -> str:
    """A number of bytes: `418.4 KiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.2f} GiB"


def share(value: float | None) -> str | None:
    """A share in percent, of which 100 is said only of all: `99.02 %`."""
    if value is None:
        return None
    text = f"{100 * value:.2f}"
    if text == "100.00":
        return "100 %" if value == 1 else "99.99 %"
    return f"{text} %"


def moment(date: datetime) -> str:
    """A date on the user's clock."""
    return date.astimezone().strftime("%Y-%m-%d %H:%M")


def following(*steps: tuple[str, str]) -> str:
    """What to type next, and what for: lines with the commands in a column."""
    style = colours()
    lines = [(typed(command), reason) for command, reason in steps]
    width = max(len(command) for command, _ in lines)
    heads = ["next:", *[""] * (len(lines) - 1)]
    pairs = zip(heads, lines, strict=True)
    return "\n".join(f"{head:5} {style.cyan(command.ljust(width))}  {reason}" for head, (command, reason) in pairs)


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
