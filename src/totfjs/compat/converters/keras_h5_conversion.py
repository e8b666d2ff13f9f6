"""`tensorflowjs.converters.keras_h5_conversion`: a Keras model as a layers model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.compat.dtype_maps import quantization
from totfjs.conversion import Result, convert
from totfjs.errors import OutputExistsError


def save_keras_model(
    model: Any,
    artifacts_dir: str | Path,
    quantization_dtype_map: Mapping[str, Any] | None = None,
    weight_shard_size_bytes: int = 4 * 1024 * 1024,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Write a Keras model, or a Keras file, as a layers model; one that is there already is replaced.

    `quantization_dtype_map` maps "uint8", "uint16" or "float16" to True, or to patterns of weight names.
    """
    path = Path(artifacts_dir)
    if path.is_file():
        raise OutputExistsError(f'Path "{path}" already exists as a file.', remedy="Name a directory.")
    quantize = quantization(quantization_dtype_map)
    return convert(
        model, path, to="layers", quantize=quantize, shard_size=weight_shard_size_bytes, metadata=metadata, force=True
    )
