"""Initialisers and regularisers in the words of tfjs-layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SEED = ("seed",)
# Initialisers by Keras' class: that of tfjs-layers, and the arguments that it knows.
_INITIALIZERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Zeros": ("Zeros", ()),
    "Ones": ("Ones", ()),
    "Constant": ("Constant", ("value",)),
    "RandomUniform": ("RandomUniform", ("minval", "maxval", "seed")),
    "RandomNormal": ("RandomNormal", ("mean", "stddev", "seed")),
    "TruncatedNormal": ("TruncatedNormal", ("mean", "stddev", "seed")),
    "VarianceScaling": ("VarianceScaling", ("scale", "mode", "distribution", "seed")),
    "Orthogonal": ("Orthogonal", ("gain", "seed")),
    "OrthogonalInitializer": ("Orthogonal", ("gain", "seed")),
    "GlorotUniform": ("GlorotUniform", _SEED),
    "GlorotNormal": ("GlorotNormal", _SEED),
    "HeUniform": ("HeUniform", _SEED),
    "HeNormal": ("HeNormal", _SEED),
    "LecunUniform": ("LeCunUniform", _SEED),
    "LecunNormal": ("LeCunNormal", _SEED),
}
_ZEROS = {"class_name": "Zeros", "config": {}}


def initializer(value: Any) -> dict[str, Any]:
    """An initialiser. The weights are set after it ran, so that one which tfjs-layers lacks may be any other."""
    name, config = _object(value)
    name = "".join(word.capitalize() for word in name.split("_")) if "_" in name or name.islower() else name
    known = _INITIALIZERS.get(name)
    if known is None:
        return _ZEROS
    kept = {key: config[key] for key in known[1] if isinstance(config.get(key), int | float | str)}
    if kept.get("distribution") == "untruncated_normal":
        kept["distribution"] = "normal"
    if name == "Constant" and "value" not in kept:
        return _ZEROS
    return {"class_name": known[0], "config": kept}


def regularizer(value: Any) -> tuple[dict[str, Any] | None, bool]:
    """A regulariser, and whether tfjs-layers has it."""
    if value is None:
        return None, True
    name, config = _object(value)
    factors = {key: float(config.get(key, 0.0) or 0.0) for key in ("l1", "l2")}
    match name.lower().replace("_", ""):
        case "l1" if "l1" not in config:
            factors["l1"] = 0.01
        case "l2" if "l2" not in config:
            factors["l2"] = 0.01
        case "l1l2" | "l1" | "l2":
            pass
        case _:
            return None, False
    return {"class_name": "L1L2", "config": factors}, True


def unstarted(config: Any) -> Any:
    """A configuration without what takes long to begin with: inner layers begin before they are given their weights."""
    if isinstance(config, Mapping):
        if config.get("class_name") == "Orthogonal":
            return _ZEROS
        return {key: unstarted(value) for key, value in config.items()}
    return [unstarted(item) for item in config] if isinstance(config, list) else config


def _object(value: Any) -> tuple[str, Mapping[str, Any]]:
    """The class and arguments of an object, which may be given by its name alone."""
    if isinstance(value, Mapping):
        config = value.get("config")
        return str(value.get("class_name", "")).rpartition(">")[2], config if isinstance(config, Mapping) else {}
    return str(value or ""), {}
