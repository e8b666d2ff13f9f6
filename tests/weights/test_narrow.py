import ml_dtypes
import numpy as np
import pytest

from totfjs.errors import NarrowingError
from totfjs.weights import Dense, narrow


def narrowed(values, report=None):
    return narrow("layer/w", Dense(values), report)


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool", "complex64", "object"])
def test_what_the_runtime_holds_is_left_alone(dtype):
    array = Dense(np.array([0, 1]).astype(dtype))
    assert narrow("w", array) is array


@pytest.mark.parametrize("dtype", ["int64", "uint64", "uint32", "int16", "uint16", "int8", "uint8", ml_dtypes.int4])
def test_integers_that_fit_become_int32(dtype):
    values = np.array([0, 1, 7]).astype(dtype)
    array = narrowed(values)
    assert array.dtype == np.int32
    assert array.numpy().tolist() == [0, 1, 7]


@pytest.mark.parametrize("dtype", ["float64", "float16", ml_dtypes.bfloat16, ml_dtypes.float8_e5m2, "longdouble"])
def test_floats_become_float32(dtype):
    values = np.array([-0.5, 0, np.inf, np.nan]).astype(dtype)
    array = narrowed(values)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array.numpy(), np.float32([-0.5, 0, np.inf, np.nan]))


@pytest.mark.parametrize(
    ("value", "dtype"), [(2**31, "int64"), (-(2**31) - 1, "int64"), (2**31, "uint32"), (2**63, "uint64")]
)
def test_an_integer_that_does_not_fit_is_refused_with_its_place(value, dtype):
    values = np.zeros((3, 4), dtype)
    values[1, 2] = value
    array = narrowed(values)
    with pytest.raises(NarrowingError) as raised:
        list(array.chunks(24))
    expected = f"Weight 'layer/w' ({dtype}[3, 4]) holds {value} at [1, 2]: int32 holds -2147483648 to 2147483647."
    assert raised.value.what == expected


def test_the_bounds_themselves_fit():
    bounds = np.array([-(2**31), 2**31 - 1])
    assert narrowed(bounds).numpy().tolist() == bounds.tolist()


def test_a_finite_float_that_would_overflow_is_refused():
    with pytest.raises(NarrowingError, match=r"holds 1e\+39 at \[2\]: float32 holds magnitudes up to"):
        narrowed(np.array([1.0, np.inf, 1e39])).numpy()


def test_a_complex_part_that_would_overflow_is_refused():
    with pytest.raises(NarrowingError, match=r"at \[1\]"):
        narrowed(np.array([1, 1 - 1e39j])).numpy()


def test_lost_precision_is_reported_once_per_pass():
    notes = []
    narrowed(np.array([1.0, 0.1, 1e-60, np.nan]), notes.append).numpy()
    (note,) = notes
    assert note.max_relative_change == 1.0  # 1e-60 became 0
    assert str(note).startswith("layer/w: float64 → float32, relative change at most 1")


def test_exact_casts_are_not_reported():
    notes = []
    for values in (np.array([1.0, 0.5]), np.float16([0.1]), np.array([1 + 2j])):
        narrowed(values, notes.append).numpy()
    assert notes == []


def test_complex_changes_are_measured_by_part():
    notes = []
    narrowed(np.array([1 + 0.1j]), notes.append).numpy()
    assert 1e-9 < notes[0].max_relative_change < 1e-7


@pytest.mark.parametrize("dtype", ["datetime64[s]", "timedelta64[s]", "V4", "i4,f4"])
def test_dtypes_that_are_not_numbers_are_refused(dtype):
    with pytest.raises(NarrowingError, match="Weight 'layer/w' has dtype"):
        narrowed(np.zeros(2, dtype))


def test_pieces_stay_within_the_limit():
    assert all(piece.nbytes <= 16 for piece in narrowed(np.arange(100)).chunks(16))


def test_nothing_is_read_before_it_is_asked_for():
    narrowed(np.array([2**40]))


def test_empty_arrays_narrow():
    assert narrowed(np.zeros((0, 3))).numpy().shape == (0, 3)
