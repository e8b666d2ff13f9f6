"""Names that tfjs-layers takes: of layers, which are unique in a model with all the models in it."""

from __future__ import annotations

import re

# What every object of JavaScript has: tfjs-layers keeps layers in plain objects, by name.
_OWN = frozenset(
    ("constructor", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable")
)


class Names:
    """Gives out names."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.renamed: dict[str, str] = {}

    def take(self, wanted: str, told: bool = True) -> str:
        """A name like the one that is wanted, and no other's; `told` says that it is one which the user gave."""
        plain = allowed(wanted)
        name, count = plain, 0
        while name in self._taken:
            count += 1
            name = f"{plain}_{count}"
        self._taken.add(name)
        if told and name != wanted:
            self.renamed[wanted] = name
        return name


def allowed(name: str) -> str:
    """The name without what tfjs-layers allows in no name."""
    plain = re.sub(r"[^-A-Za-z0-9._/]", "_", name)
    if not re.match(r"[A-Za-z0-9]", plain) or plain in _OWN:
        plain = f"layer{plain}" if plain.startswith("_") else f"layer_{plain}"
    return plain
