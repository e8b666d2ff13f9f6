"""`tensorflowjs.converters`: what it offered for Keras, done by totfjs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def quantization(dtypes: Mapping[str, Any] | None) -> list[str] | None:
    """What the old package takes as a map from dtypes to patterns, as totfjs takes it."""
    if not dtypes:
        return None
    found = []
    for dtype, patterns in dtypes.items():
        if not patterns:
            continue
        listed = [patterns] if isinstance(patterns, str) else patterns
        found += [dtype] if not isinstance(listed, Iterable) else [f"{dtype}:{pattern}" for pattern in listed]
    return found or None
