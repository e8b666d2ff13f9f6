"""What to do about ops that cannot be converted, by what they are."""

from __future__ import annotations

from collections.abc import Iterable

_ANY = "Leave these nodes out with --outputs that come before them, and do that part in JavaScript."


def remedy(ops: Iterable[str]) -> str:
    """One thing to do about ops that were refused."""
    return _ANY
