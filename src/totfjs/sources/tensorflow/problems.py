"""What of a program cannot be lowered: all of it is found, then one error lists it."""

from __future__ import annotations

from dataclasses import dataclass, field

from totfjs.errors import UnsupportedError
from totfjs.graph.graph import Origin
from totfjs.sources.tensorflow.remedies import remedy

# Places that are named of one and the same problem.
_PLACES = 3


@dataclass
class Problems:
    """The problems met so far, each with the places where it was met."""

    found: dict[str, list[Origin]] = field(default_factory=dict)
    ops: dict[str, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.found)

    def add(self, what: str, origin: Origin, op: str = "") -> None:
        """Notes a problem and where it is."""
        self.found.setdefault(what, []).append(origin)
        if op:
            self.ops.setdefault(op)

    def raise_all(self) -> None:
        """Raises one error for all problems."""
        if not self.found:
            return
        count = len(self.found)
        head = "An op of the model cannot be converted:" if count == 1 else f"{count} ops cannot be converted:"
        lines = [f"{what} ({_places(origins)})" for what, origins in self.found.items()]
        raise UnsupportedError(
            "\n    ".join([head, *lines]),
            remedy=remedy(self.ops),
            place=str(next(iter(self.found.values()))[0]),
        )


def _places(origins: list[Origin]) -> str:
    shown = "; ".join(origin.place for origin in origins[:_PLACES])
    more = len(origins) - _PLACES
    return f"{shown}; and {more} more" if more > 0 else shown
