import json

import numpy as np
import pytest

from totfjs.errors import QuantizationError
from totfjs.weights import Affine, Dense, dequantize, quantize

RANDOM = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)


def round_trip(values, dtype):
    stored, affine = quantize("w", Dense(np.asarray(values, np.float32)), dtype)
    return stored.numpy(), affine, dequantize(stored.numpy(), affine)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_value_is_within_half_a_step(dtype):
    stored, affine, back = round_trip(RANDOM, dtype)
    assert stored.dtype.name == dtype
    assert np.abs(back.astype(np.float64) - RANDOM).max() <= affine.scale * 0.5 + 2e-7  # and the rounding to float32


def test_the_range_is_nudged_so_that_zero_is_exact():
    _, affine, back = round_trip([-1.0, 0.0, 2.5], "uint8")
    scale = 3.5 / 255
    assert affine == Affine("uint8", -round(1 / scale) * scale, scale)
    assert back[1] == 0


@pytest.mark.parametrize("values", [[0.0, 3.0], [-3.0, 0.0], [0.0, 1e-45], [-3e38, 3e38], [1.0, 1.0000001]])
def test_the_ends_of_the_range_come_back(values):
    _, affine, back = round_trip(values, "uint16")
    assert np.isfinite(back).all()
    assert np.abs(back.astype(np.float64) - np.float32(values)).max() <= affine.scale + 1e-6


def test_a_range_without_zero_is_not_nudged():
    _, affine, _ = round_trip([1.0, 2.0], "uint8")
    assert affine == Affine("uint8", 1.0, 1 / 255)


def test_halves_round_to_even():
    stored, _, _ = round_trip([0.0, 0.5, 1.5, 2.5, 255.0], "uint8")
    assert stored.tolist() == [0, 0, 2, 2, 255]


@pytest.mark.parametrize("value", [0.0, 0.1, -3e38])
def test_a_constant_is_exact(value):
    stored, affine, back = round_trip([value] * 3, "uint8")
    assert affine == Affine("uint8", float(np.float32(value)), 1.0)
    assert stored.tolist() == [0, 0, 0]
    assert back.tolist() == [np.float32(value)] * 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_what_is_not_finite_is_refused_with_its_place(value, dtype):
    values = RANDOM.copy()
    values[3, 7] = value
    with pytest.raises(QuantizationError, match=rf"Weight 'w' holds {value} at \[3, 7\], which integers cannot"):
        round_trip(values, dtype)


def test_float16_keeps_infinities_and_nan():
    _, affine, back = round_trip([1.5, np.inf, -np.inf, np.nan, 65504.0], "float16")
    np.testing.assert_array_equal(back, np.float32([1.5, np.inf, -np.inf, np.nan, 65504.0]))
    assert affine.json() == {"dtype": "float16", "original_dtype": "float32"}


def test_float16_refuses_a_finite_value_that_would_become_infinite():
    with pytest.raises(QuantizationError, match=r"'w' holds -1000000000.0 at \[1\], which float16"):
        round_trip([0.0, -1e9], "float16")


def test_the_largest_error_is_reported():
    notes = []
    stored, affine = quantize("w", Dense(RANDOM), "uint8", notes.append)
    back = dequantize(stored.numpy(), affine)
    assert notes[0].max_abs_error == np.abs(back.astype(np.float64) - RANDOM).max()
    assert str(notes[0]).startswith("w: quantized to uint8, absolute error at most 0.0")


def test_the_metadata_is_in_the_official_order_and_valid_json():
    _, affine, _ = round_trip(RANDOM, "uint8")
    assert list(affine.json()) == ["dtype", "min", "scale", "original_dtype"]
    json.dumps(affine.json(), allow_nan=False)


def test_integers_come_back_as_javascript_rounds():
    affine = Affine("uint8", -1.0, 0.5, "int32")
    assert dequantize(np.uint8([0, 1, 2, 3]), affine).tolist() == [-1, 0, 0, 1]
