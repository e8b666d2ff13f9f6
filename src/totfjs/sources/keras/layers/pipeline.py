"""Preprocessing layers one after the other."""

from __future__ import annotations

from typing import Any

from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind
from totfjs.sources.keras.use import Use


def _pipeline(use: Use) -> Any:
    given = use.args[0]
    for name in use.layer.children:
        given = use.child(name, given)
    return given


def _held(layer: Layer) -> dict[str, Layer]:
    """The layers by their places in archives: `layers/random_flip`, counted by class."""
    from totfjs.sources.keras.parsing.attach import snake_case
    from totfjs.sources.keras.parsing.layer import parse_layer

    found: dict[str, Layer] = {}
    for item in layer.config.get("layers", ()):
        child = parse_layer(item, layer.generation)
        place, number = f"layers/{snake_case(child.kind)}", 0
        while (name := f"{place}_{number}" if number else place) in found:
            number += 1
        found[name] = child
    return found


LAYERS = {"Pipeline": Kind(_pipeline, children=_held)}
