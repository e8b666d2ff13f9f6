import ml_dtypes
import numpy as np
import pytest

from totfjs.errors import NarrowingError, WeightFileError
from totfjs.weights import Dense, entries
from totfjs.weights.narrow import narrow


def made(values, quantization=None, name="w"):
    (entry,) = entries([(name, Dense(values))], quantization)
    return entry


def content(entry):
    return b"".join(entry.buffers())


def test_a_line_has_no_quantization_unless_there_is_one():
    assert made(np.zeros((2, 3), np.float32)).json() == {"name": "w", "shape": [2, 3], "dtype": "float32"}


def test_a_quantized_line_keeps_the_dtype_of_the_values():
    line = made(np.float32([0, 255]), "uint8").json()
    quantization = {"dtype": "uint8", "min": 0.0, "scale": 1.0, "original_dtype": "float32"}
    assert line == {"name": "w", "shape": [2], "dtype": "float32", "quantization": quantization}


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (np.array([1, -1]), "int32", b"\1\0\0\0\xff\xff\xff\xff"),
        (np.array([True, False]), "bool", b"\1\0"),
        (np.array([1 + 2j]), "complex64", np.float32([1, 2]).tobytes()),
        (np.array(["é", ""]), "string", b"\2\0\0\0\xc3\xa9\0\0\0\0"),
        (np.array([b"\xff"], object), "string", b"\1\0\0\0\xff"),
        (np.zeros((0, 2), np.float32), "float32", b""),
        (np.zeros((0,), object), "string", b""),
    ],
)
def test_bytes_lie_as_the_loader_reads_them(values, dtype, expected):
    entry = made(values)
    assert (entry.dtype, entry.nbytes, content(entry)) == (dtype, len(expected), expected)


@pytest.mark.parametrize("values", [np.arange(3), np.array([True, False]), np.array([1j, 2]), np.array(["a", "b"])])
def test_only_floats_are_quantized(values):
    assert made(values, {"*": "uint8"}).affine is None


def test_empty_weights_are_left_as_they_are():
    entry = made(np.zeros((0, 3), np.float32), {"*": "uint8"})
    assert (entry.affine, entry.nbytes) == (None, 0)


def test_the_rest_leaves_single_numbers_alone_but_a_pattern_does_not():
    assert made(np.float32(1e-5), "uint8").affine is None
    assert made(np.float32([[1e-5]]), "uint8").affine is None
    assert made(np.float32(1e-5), {"*": "uint8"}).affine.dtype == "uint8"


def test_wide_floats_are_narrowed_and_then_quantized():
    assert made(np.array([0.0, 1.0]), "float16").json()["quantization"]["dtype"] == "float16"


def test_two_weights_of_one_name_are_refused():
    with pytest.raises(WeightFileError, match="Two weights are named 'w'"):
        entries([("w", Dense(1)), ("w", Dense(2))])


@pytest.mark.parametrize("value", [object(), 3, "\ud800"])
def test_what_is_no_string_is_refused(value):
    with pytest.raises(NarrowingError, match=r"Weight 'w' holds .*, which is not a string that UTF-8 can write"):
        content(made(np.array([value], object)))


def test_values_are_what_the_runtime_sees():
    entry = made(np.float32([-1, 0.001, 2]), "uint8")
    assert entry.values.dtype == np.float32
    assert entry.values.numpy()[1] == 0


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        (np.float16([0.1, -65504, 6e-8, np.inf, np.nan, -0.0]), "float16"),
        (np.array([1.5, -2.0, 2.0**-14, np.inf], ml_dtypes.bfloat16), "float16"),
        (np.array([255, 0, 7], np.uint8), "uint8"),
        (np.array([-128, 127, 0], np.int8), "uint8"),
        (np.array([65535, 0], np.uint16), "uint16"),
        (np.array([-32768, 32767], np.int16), "uint16"),
    ],
)
def test_values_of_a_smaller_dtype_keep_their_size_on_disk(values, stored):
    entry = made(values)
    assert entry.json()["quantization"]["dtype"] == stored
    assert entry.nbytes == values.nbytes
    np.testing.assert_array_equal(entry.values.numpy(), values.astype(entry.dtype))
    reshaped = entries([("w", narrow("w", Dense(values)).reshape((values.size, 1)))])[0]
    assert reshaped.nbytes == values.nbytes


@pytest.mark.parametrize("value", [2.0**-30, 1e38, 1 + 2.0**-7 * 2.0**-20])
def test_a_bfloat16_that_float16_cannot_hold_is_stored_as_float32(value):
    entry = made(np.array([1.0, value], ml_dtypes.bfloat16))
    exact = float(np.array(value, ml_dtypes.bfloat16)) == 1.0
    assert (entry.affine is not None) == exact
    np.testing.assert_array_equal(entry.values.numpy(), np.array([1.0, value], ml_dtypes.bfloat16).astype(np.float32))


def test_what_was_asked_for_goes_before_what_is_exact():
    assert made(np.float16([0, 255]), "uint8").json()["quantization"]["dtype"] == "uint8"
