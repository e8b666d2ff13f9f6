"""Names the outputs: dict keys, dotted paths in nested trees, `output` for one array, `output_0`, … for a tuple."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from totfjs.errors import UsageError
from totfjs.sources.jax.models.model import path_of


def output_names(tree: Any) -> tuple[str, ...]:
    """A name for each leaf of what the function returns."""
    import jax

    flat, _ = jax.tree_util.tree_flatten_with_path(tree)
    sequence = isinstance(tree, list | tuple) and not hasattr(tree, "_fields")
    return tuple(_name(path_of(path), sequence) for path, _ in flat)


def select(names: Sequence[str], order: Sequence[int], wanted: Sequence[str] | None) -> dict[str, int]:
    """Which result each wanted output is; all of them in their order if none is named.

    Names that totfjs made up may be replaced by as many of the user's.
    """
    if wanted is None:
        return {names[index]: index for index in order}
    if set(wanted) <= set(names):
        return {name: names.index(name) for name in wanted}
    made_up = all(name == "output" or name.startswith("output_") for name in names)
    if made_up and len(wanted) == len(names):
        return {name: index for index, name in enumerate(wanted)}
    missing = ", ".join(name for name in wanted if name not in names)
    raise UsageError(f"The model has no output {missing}.", remedy=f"Choose from its outputs: {', '.join(names)}.")


def _name(path: tuple[str, ...], sequence: bool) -> str:
    if not path:
        return "output"
    return ".".join((f"output_{path[0]}", *path[1:]) if sequence else path)
