"""Objects of a compile state: losses, metrics, optimizers, which Keras writes as names or with their arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def named(value: Any) -> tuple[str, Mapping[str, Any]]:
    """The name or class, and the arguments."""
    if isinstance(value, Mapping):
        config = value.get("config")
        if value.get("class_name") == "function":
            return str(config), {}
        return str(value.get("class_name", "")).rpartition(">")[2], config if isinstance(config, Mapping) else {}
    return str(value or ""), {}


def snake(name: str) -> str:
    """A class name as the name of its function: CategoricalCrossentropy → categorical_crossentropy."""
    if name in ("MSE", "MAE", "MAPE", "MSLE"):
        return name.lower()
    known = {"KLDivergence": "kl_divergence", "AUC": "auc"}
    return known.get(name) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
