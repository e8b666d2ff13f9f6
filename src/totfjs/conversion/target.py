"""Chooses what a source becomes: a layers model where that is exact, else a graph model."""

from __future__ import annotations

from typing import Any

from totfjs.errors import UsageError
from totfjs.sources.source import Source


def choose(to: str, source: Source) -> tuple[str, tuple[str, ...]]:
    """The target, and what to tell the user about the choice."""
    keras: Any = source if hasattr(source, "obstacles") else None
    if keras is None:
        if to in ("layers", "keras"):
            raise UsageError(
                f"This source cannot become a {'layers' if to == 'layers' else 'Keras'} model: "
                "it has no Keras layers that totfjs can read.",
                remedy="Give the .keras or .h5 file of a Keras model, or leave --to out, for a graph model.",
            )
        return "graph", ()
    if to != "auto":
        return to, ()
    obstacles = keras.obstacles()
    if not obstacles:
        return "layers", (
            "A layers model: tfjs-layers has all that it needs (tf.loadLayersModel; --to graph for the other kind).",
        )
    more = f"; nor {len(obstacles) - 1} more" if len(obstacles) > 1 else ""
    return "graph", (f"A graph model (tf.loadGraphModel), since tfjs-layers cannot take {obstacles[0]}{more}.",)
