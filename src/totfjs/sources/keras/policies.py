"""The dtypes that layers compute in: halves and doubles are computed as float32, quantised layers are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from totfjs.sources.keras.architecture import Layer

_OTHER_FLOATS = ("float16", "bfloat16", "float64")


def quantised(layer: Layer) -> str | None:
    """How the weights of a layer are quantised, as `int8`, or None."""
    return next((name.partition("_from_")[0] for name in _names(layer) if "_from_" in name), None)


def other_floats(layer: Layer) -> str | None:
    """The policy of a layer that computes in floats which TensorFlow.js lacks."""
    return next((name for name in _names(layer) if any(kind in name for kind in _OTHER_FLOATS)), None)


def _names(layer: Layer) -> Iterator[str]:
    return _named(layer.config.get("dtype"))


def _named(policy: Any) -> Iterator[str]:
    """The names of a policy, or of each policy of a map of them."""
    if isinstance(policy, str):
        yield policy
    elif isinstance(policy, Mapping):
        config = policy.get("config") or {}
        if "source_name" in config:
            yield f"{config.get('mode')}_from_{config['source_name']}"
        elif policy.get("class_name") == "DTypePolicyMap":
            for inner in (config.get("default_policy"), *(config.get("policy_map") or {}).values()):
                yield from _named(inner)
        else:
            yield from _named(config.get("name"))
