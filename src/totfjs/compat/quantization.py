"""`tensorflowjs.quantization`: the same numbers, and refusals where they would be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from totfjs.errors import QuantizationError
from totfjs.weights.array import as_array
from totfjs.weights.patterns import DTYPES
from totfjs.weights.quantize import Affine, dequantize, quantize

QUANTIZATION_DTYPE_FLOAT16 = "float16"
QUANTIZATION_DTYPE_UINT8 = "uint8"
QUANTIZATION_DTYPE_UINT16 = "uint16"
QUANTIZATION_BYTES_TO_DTYPES = {1: QUANTIZATION_DTYPE_UINT8, 2: QUANTIZATION_DTYPE_UINT16}
QUANTIZATION_OPTION_TO_DTYPES: dict[str, type[np.generic]] = {
    QUANTIZATION_DTYPE_UINT8: np.uint8,
    QUANTIZATION_DTYPE_UINT16: np.uint16,
    QUANTIZATION_DTYPE_FLOAT16: np.float16,
}


def map_layers_to_quantization_dtype(
    names: Iterable[str], quantization_dtype_map: Mapping[str, Any] | None
) -> dict[str, type[np.generic]]:
    """The dtype of each name that a pattern matches; a dtype that is mapped to True takes all the rest."""
    listed, found, rest = list(names), dict[str, str](), dict[str, None]()
    for dtype, patterns in (quantization_dtype_map or {}).items():
        _check(dtype)
        if patterns is True:
            rest[dtype] = None
        for pattern in _patterns(patterns):
            _mark(found, (name for name in listed if fnmatchcase(name, pattern)), dtype)
    if len(rest) > 1:
        raise QuantizationError(
            f"More than one quantization takes all the rest: {', '.join(rest)}.",
            remedy="Map all but one of the dtypes to patterns of names.",
        )
    for dtype in rest:
        found = {name: found.get(name, dtype) for name in listed}
    return {name: QUANTIZATION_OPTION_TO_DTYPES[dtype] for name, dtype in found.items()}


def quantize_weights(data: np.ndarray, quantization_dtype: Any) -> tuple[np.ndarray, dict[str, float]]:
    """The array as it is stored, and the numbers that undo it: none for float16."""
    values, dtype = np.asarray(data), np.dtype(quantization_dtype).name
    _check(dtype)
    if dtype == QUANTIZATION_DTYPE_FLOAT16 and values.dtype != np.float32:
        raise QuantizationError(
            f"Values of {values.dtype} are not stored as float16, which is for float32.",
            remedy="Give float32, or quantize to uint8 or uint16.",
        )
    if not values.size:
        raise QuantizationError("An empty array has no range.", remedy="Leave it as it is.")
    stored, affine = quantize("the array", as_array(values), dtype)
    return np.array(stored.numpy()), _numbers(affine)


def dequantize_weights(data: np.ndarray, metadata: Mapping[str, float], original_dtype: Any = np.float32) -> np.ndarray:
    """The values that TensorFlow.js computes from stored ones."""
    stored, wanted = data.dtype.name, np.dtype(original_dtype).name
    _check(stored)
    if stored == QUANTIZATION_DTYPE_FLOAT16:
        if wanted != "float32":
            raise QuantizationError(
                f"Values stored as float16 stand for float32, not for {wanted}.", remedy="Leave original_dtype out."
            )
        return dequantize(data, Affine(stored))
    if not {"min", "scale"} <= set(metadata):
        raise QuantizationError(
            f"Values stored as {stored} need their min and scale.", remedy="Give both, as the manifest has them."
        )
    if wanted not in ("float32", "int32"):
        return dequantize(data, Affine(stored, metadata["min"], metadata["scale"])).astype(wanted)
    return dequantize(data, Affine(stored, metadata["min"], metadata["scale"], wanted))


def _numbers(affine: Affine) -> dict[str, float]:
    return {} if affine.min is None or affine.scale is None else {"min": affine.min, "scale": affine.scale}


def _patterns(patterns: Any) -> Iterable[str]:
    if isinstance(patterns, bool) or not patterns:
        return ()
    return (patterns,) if isinstance(patterns, str) else patterns


def _mark(found: dict[str, str], names: Iterable[str], dtype: str) -> None:
    for name in names:
        if found.setdefault(name, dtype) != dtype:
            raise QuantizationError(
                f"Two quantizations, {found[name]} and {dtype}, match the same weight {name}.",
                remedy="Make the patterns disjoint.",
            )


def _check(dtype: str) -> None:
    if dtype not in DTYPES:
        raise QuantizationError(f"Weights cannot be quantized to {dtype!r}.", remedy=f"Use {', '.join(DTYPES)}.")
