"""Operations of functional models (`keras.ops`, and tf-keras' lambdas of TensorFlow ops): a rule for each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from totfjs.families import joined
from totfjs.sources.keras.layers.kind import Rule

FAMILIES: tuple[str, ...] = (
    "refused",
    "elementwise",
    "arithmetic",
    "reductions",
    "shapes",
    "indexing",
    "linear",
    "named",
    "neural",
    "windows",
    "images",
    "quantiles",
    "tensorflow",
)


@cache
def rules() -> Mapping[str, Rule]:
    """The rule of each operation by its class name, or by the name of the function for those of tf-keras."""
    return joined(__name__, FAMILIES, "OPERATIONS")
