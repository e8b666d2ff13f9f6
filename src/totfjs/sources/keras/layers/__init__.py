"""What is known of each class of layers: a file per family, each with a table `LAYERS` from class names to Kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from totfjs.families import joined
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable

FAMILIES = (
    "core",
    "embedding",
    "activation",
    "merging",
    "reshaping",
    "normalization",
    "attention",
    "multi_head_attention",
    "images",
    "preprocessing",
    "pipeline",
    "lookups",
    "text",
    "spectrograms",
    "convolution",
    "transposed",
    "locally_connected",
    "pooling",
    "adaptive_pooling",
    "cells",
    "recurrent",
    "cudnn",
    "conv_lstm",
    "wrappers",
    "applications",
)


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds by class name."""
    return joined(__name__, FAMILIES, "LAYERS")


def kind_of(layer: Layer) -> Kind | None:
    """What is known of the class of a layer; None for classes of one's own and for those that totfjs does not know."""
    if not is_keras(layer):
        return None
    return kinds().get(layer.kind)


def is_keras(layer: Layer) -> bool:
    """Whether a layer is Keras' own: a class of the same name that was registered elsewhere is not."""
    return layer.package.partition(".")[0] in ("keras", "tf_keras", "tensorflow")


def variables_of(layer: Layer) -> Sequence[Variable]:
    """The variables of a layer itself."""
    found = kind_of(layer)
    return () if found is None else tuple(found.variables(layer))


def children_of(layer: Layer) -> Mapping[str, Layer]:
    """The layers that a layer holds, by Keras' attribute."""
    found = kind_of(layer)
    return {} if found is None else found.children(layer)
