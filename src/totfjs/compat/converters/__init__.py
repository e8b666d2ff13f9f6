"""`tensorflowjs.converters`: the functions that convert, and the command line as a function."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from totfjs.compat.converters.converter import convert
    from totfjs.compat.converters.jax_conversion import convert_jax
    from totfjs.compat.converters.keras_h5_conversion import save_keras_model
    from totfjs.compat.converters.keras_tfjs_loader import (
        deserialize_keras_model,
        load_keras_keras_model,
        load_keras_model,
    )
    from totfjs.compat.converters.tf_saved_model_conversion_v2 import (
        convert_keras_model_to_graph_model,
        convert_tf_frozen_model,
        convert_tf_hub_module,
        convert_tf_saved_model,
    )

# Each is imported when it is first used: no framework comes along with the others.
_HOMES = {
    "convert": "converter",
    "convert_jax": "jax_conversion",
    "convert_keras_model_to_graph_model": "tf_saved_model_conversion_v2",
    "convert_tf_frozen_model": "tf_saved_model_conversion_v2",
    "convert_tf_hub_module": "tf_saved_model_conversion_v2",
    "convert_tf_saved_model": "tf_saved_model_conversion_v2",
    "deserialize_keras_model": "keras_tfjs_loader",
    "load_keras_keras_model": "keras_tfjs_loader",
    "load_keras_model": "keras_tfjs_loader",
    "save_keras_model": "keras_h5_conversion",
}
_MODULES = {*_HOMES.values(), "wizard"}

__all__ = [
    "convert",
    "convert_jax",
    "convert_keras_model_to_graph_model",
    "convert_tf_frozen_model",
    "convert_tf_hub_module",
    "convert_tf_saved_model",
    "deserialize_keras_model",
    "load_keras_keras_model",
    "load_keras_model",
    "save_keras_model",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
