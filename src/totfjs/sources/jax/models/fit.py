"""Puts weights that come from elsewhere into the structure that a model expects, or lists everything that is amiss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from totfjs.errors import WeightsMismatchError

Path: TypeAlias = tuple[str, ...]
# Beyond this many lines a list of mismatches helps nobody.
_LISTED = 50


def fit(expected: Mapping[Path, Any], given: Mapping[Path, Any], model: str) -> dict[Path, Any]:
    """The given leaf for each expected path; raises WeightsMismatchError that lists all mismatches."""
    problems = [
        f"missing: {'/'.join(path)} {_shape(leaf)}" for path, leaf in sorted(expected.items()) if path not in given
    ]
    problems += [
        f"unexpected: {'/'.join(path)} {_shape(leaf)}" for path, leaf in sorted(given.items()) if path not in expected
    ]
    problems += [
        f"{'/'.join(path)}: expected {_shape(leaf)}, found {_shape(given[path])}"
        for path, leaf in sorted(expected.items())
        if path in given and _dims(leaf) != _dims(given[path])
    ]
    if problems:
        more = [f"and {len(problems) - _LISTED} more"] if len(problems) > _LISTED else []
        raise WeightsMismatchError(
            "\n    ".join([f"The weights do not fit {model}:", *problems[:_LISTED], *more]),
            remedy="Give the weights that this model was trained with, or build the model with the sizes they have.",
        )
    return {path: given[path] for path in expected}


def paths(tree: Any) -> dict[Path, Any]:
    """The leaves of nested mappings and sequences by path. A leaf kept as `{"value": …}` counts as the leaf itself."""
    found: dict[Path, Any] = {}
    _collect(tree, (), found)
    return found


def _collect(tree: Any, path: Path, found: dict[Path, Any]) -> None:
    if isinstance(tree, Mapping):
        for key in tree:
            _collect(tree[key], path if key == "value" and len(tree) == 1 else (*path, str(key)), found)
    elif isinstance(tree, list | tuple):
        for index, item in enumerate(tree):
            _collect(item, (*path, str(index)), found)
    elif tree is not None:
        found[path] = tree


def _dims(leaf: Any) -> tuple[int, ...]:
    return tuple(getattr(leaf, "shape", ()))


def _shape(leaf: Any) -> str:
    return f"[{','.join(map(str, _dims(leaf)))}]"
