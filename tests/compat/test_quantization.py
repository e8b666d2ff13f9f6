"""Quantization under the old names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from totfjs.compat import quantization
from totfjs.compat.quantization import dequantize_weights, map_layers_to_quantization_dtype, quantize_weights
from totfjs.errors import QuantizationError

NAMES = ["conv/0/kernel", "conv/0/bias", "dense/kernel"]


def test_the_constants_are_there() -> None:
    assert quantization.QUANTIZATION_BYTES_TO_DTYPES == {1: "uint8", 2: "uint16"}
    assert {"uint8": np.uint8, "uint16": np.uint16, "float16": np.float16} == quantization.QUANTIZATION_OPTION_TO_DTYPES
    names = ("FLOAT16", "UINT8", "UINT16")
    assert [getattr(quantization, f"QUANTIZATION_DTYPE_{name}") for name in names] == ["float16", "uint8", "uint16"]


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"uint8": False}, {}),
        ({"uint8": True}, dict.fromkeys(NAMES, np.uint8)),
        ({"uint8": "conv/*"}, {"conv/0/kernel": np.uint8, "conv/0/bias": np.uint8}),
        ({"uint8": ["*/bias"], "float16": True}, {NAMES[0]: np.float16, NAMES[1]: np.uint8, NAMES[2]: np.float16}),
        ({"uint16": ["conv/?/kernel", "nothing*"]}, {NAMES[0]: np.uint16}),
        ({"uint8": "*", "uint16": True}, dict.fromkeys(NAMES, np.uint8)),
    ],
)
def test_names_are_matched_by_patterns_and_the_rest_by_true(dtypes: Any, expected: dict[str, Any]) -> None:
    assert map_layers_to_quantization_dtype(NAMES, dtypes) == expected


@pytest.mark.parametrize(
    ("dtypes", "said"),
    [
        ({"uint8": True, "uint16": True}, "More than one"),
        ({"uint8": "conv/*", "uint16": "*/kernel"}, "match the same weight conv/0/kernel"),
        ({"int4": "*"}, "'int4'"),
    ],
)
def test_maps_that_contradict_themselves_are_refused(dtypes: Any, said: str) -> None:
    with pytest.raises(QuantizationError, match=said):
        map_layers_to_quantization_dtype(NAMES, dtypes)


def test_zero_stays_zero() -> None:
    stored, numbers = quantize_weights(np.asarray([-0.1, 0, 1.2], np.float32), np.uint8)
    assert stored.dtype == np.uint8 and stored.tolist() == [0, 20, 255]
    assert dequantize_weights(stored, numbers)[1] == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, "uint8", np.float16])
def test_what_is_stored_comes_back(dtype: Any) -> None:
    values = np.linspace(-3, 5, 40, dtype=np.float32).reshape(5, 8)
    stored, numbers = quantize_weights(values, dtype)
    assert stored.dtype == np.dtype(dtype) and stored.shape == values.shape
    assert (list(numbers) == ["min", "scale"]) == (stored.dtype != np.float16)
    np.testing.assert_allclose(dequantize_weights(stored, numbers), values, atol=0.02)


def test_one_value_is_kept_exactly() -> None:
    stored, numbers = quantize_weights(np.full((2, 2), 0.1, np.float32), np.uint8)
    assert not stored.any() and numbers == {"min": float(np.float32(0.1)), "scale": 1.0}


def test_integers_may_be_stored_in_fewer_bytes() -> None:
    stored, numbers = quantize_weights(np.asarray([-3, 0, 252], np.int32), np.uint8)
    back = dequantize_weights(stored, numbers, np.int32)
    assert back.dtype == np.int32 and back.tolist() == [-3, 0, 252]


@pytest.mark.parametrize(
    ("data", "dtype", "said"),
    [
        (np.zeros(2, np.float32), np.int32, "cannot be quantized to 'int32'"),
        (np.zeros(2, np.int32), np.float16, "int32 are not stored as float16"),
        (np.zeros(0, np.float32), np.uint8, "no range"),
        (np.asarray([np.nan], np.float32), np.uint8, "nan"),
        (np.asarray([1e6], np.float32), np.float16, "65504"),
    ],
)
def test_what_cannot_be_quantized_is_refused(data: np.ndarray, dtype: Any, said: str) -> None:
    with pytest.raises(QuantizationError, match=said):
        quantize_weights(data, dtype)


@pytest.mark.parametrize(
    ("data", "numbers", "original", "said"),
    [
        (np.zeros(1, np.uint8), {"min": 0.0}, np.float32, "min and scale"),
        (np.zeros(1, np.float16), {}, np.int32, "not for int32"),
        (np.zeros(1, np.int8), {}, np.float32, "'int8'"),
    ],
)
def test_what_cannot_be_undone_is_refused(data: np.ndarray, numbers: Any, original: Any, said: str) -> None:
    with pytest.raises(QuantizationError, match=said):
        dequantize_weights(data, numbers, original)
