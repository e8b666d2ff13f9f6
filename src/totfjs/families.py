"""Tables that are kept in a file per family, as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any


def joined(package: str, families: Sequence[str], table: str) -> Mapping[str, Any]:
    """The rows of the tables called `table` in the modules of a package; no two may have the same name."""
    found: dict[str, Any] = {}
    for family in families:
        rows = getattr(import_module(f"{package}.{family}"), table)
        twice = found.keys() & rows.keys()
        assert not twice, f"{', '.join(sorted(twice))} of {family} is in another family too"
        found.update(rows)
    return MappingProxyType(found)
