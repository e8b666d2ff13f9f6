"""How Keras' layers are said in those of tfjs-layers: a file per family, each with a table `LAYERS` of rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from totfjs.sources.keras.browser.use import Use

FAMILIES = (
    "core",
    "activation",
    "convolution",
    "transposed",
    "pooling",
    "reshaping",
    "merging",
    "normalization",
    "recurrent",
    "wrappers",
    "preprocessing",
    "regularization",
    "operations",
)


@cache
def rules() -> Mapping[str, Callable[[Use], Any]]:
    """The rules by class of Keras."""
    families = (import_module(f"{__name__}.{family}") for family in FAMILIES)
    return MappingProxyType({name: rule for family in families for name, rule in family.LAYERS.items()})
