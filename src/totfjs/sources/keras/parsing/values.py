"""JSON as Keras serialises values: slices, tuples, arrays, tensors, functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from totfjs.errors import SourceError, UnsupportedError
from totfjs.sources.keras.architecture import Ref

# Functions, and objects that are not layers, stay as they are written; who uses them looks them up by name.
_TENSOR = "__keras_tensor__"


def read_value(value: Any, place: str) -> Any:
    """What a serialised value means; tensors of the model are Refs."""
    if isinstance(value, list):
        return [read_value(item, place) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) >= {"class_name", "config"}:
        return _object(value, place)
    return {key: read_value(item, place) for key, item in value.items()}


def _object(value: Mapping[str, Any], place: str) -> Any:
    config = value["config"]
    match value["class_name"]:
        case "__keras_tensor__":
            return _ref(config, place)
        case "__tuple__":
            return tuple(read_value(config.get("value", ()), place))
        case "__slice__":
            return slice(*(read_value(config.get(key), place) for key in ("start", "stop", "step")))
        case "__ellipsis__":
            return Ellipsis
        case "__numpy__" | "__tensor__":
            return np.asarray(config["value"], _dtype(config, place))
        case "__bytes__":
            return str(config["value"]).encode()
        case "__lambda__":
            raise UnsupportedError(
                "A Python lambda is stored in the model; totfjs never runs code of a file.",
                remedy="Load the model in Python, where your own code runs anyway, and pass the model object.",
                place=place,
            )
    return value


def _dtype(config: Mapping[str, Any], place: str) -> Any:
    try:
        dtype = np.dtype(config["dtype"])
    except (KeyError, TypeError) as error:
        raise damaged(f"an array has the dtype {config.get('dtype')!r}", place) from error
    if dtype.hasobject or dtype.itemsize > 16:  # a text of a declared length takes that much memory
        raise damaged(f"an array has the dtype {config.get('dtype')!r}", place)
    return dtype


def _ref(config: Mapping[str, Any], place: str) -> Ref:
    match config.get("keras_history") if isinstance(config, Mapping) else None:
        case [str(layer), int(call), int(output)]:
            return Ref(layer, call, output)
    raise damaged("a tensor does not say which layer it comes from", place)


def dtypes_of_tensors(value: Any) -> list[str]:
    """The dtypes that Keras 3 writes beside the tensors of a call, in order."""
    if isinstance(value, list):
        return [dtype for item in value for dtype in dtypes_of_tensors(item)]
    if not isinstance(value, Mapping):
        return []
    if value.get("class_name") == _TENSOR and isinstance(value.get("config"), Mapping):
        return [str(value["config"].get("dtype"))]
    return [dtype for item in value.values() for dtype in dtypes_of_tensors(item)]


def damaged(what: str, place: str = "") -> SourceError:
    """The error for a configuration that Keras has not written."""
    return SourceError(
        f"The model's configuration cannot be read: {what}.", remedy="Save the model again.", place=place
    )
