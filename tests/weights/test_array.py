import io

import ml_dtypes
import numpy as np
import pytest

from totfjs.errors import NarrowingError, WeightFileError
from totfjs.weights import Deferred, Dense, FileSlice, Mapped, as_array
from totfjs.weights.array import read_exactly

MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def file(tmp_path):
    def write(values, at=0):
        path = tmp_path / "weights.bin"
        path.write_bytes(b"x" * at + values.tobytes())
        return path

    return write


def joined(array, limit):
    pieces = list(array.chunks(limit))
    assert all(piece.ndim == 1 and piece.flags.c_contiguous and piece.nbytes <= limit for piece in pieces)
    return np.concatenate(pieces).reshape(array.shape)


@pytest.mark.parametrize("limit", [4, 7, 20, 1000])
@pytest.mark.parametrize("values", [MATRIX, MATRIX.T, MATRIX[::2, ::-1], np.asfortranarray(MATRIX)])
def test_pieces_are_row_major_whatever_the_layout(values, limit):
    assert np.array_equal(joined(Dense(values), limit), values)


def test_pieces_of_a_file_are_read_at_its_offset(file):
    array = FileSlice(file(MATRIX, at=5), 5, "<f4", MATRIX.shape)
    assert np.array_equal(joined(array, 20), MATRIX)
    assert np.array_equal(array.numpy(), MATRIX)


@pytest.mark.parametrize("dtype", [">f4", ">i8", "<u2", ml_dtypes.bfloat16, "f8", "c8"])
def test_a_file_of_any_dtype_and_byte_order_reads_as_native(file, dtype):
    values = np.arange(5).astype(dtype)
    array = FileSlice(file(values), 0, dtype, (5,))
    assert array.dtype.isnative
    assert np.array_equal(array.numpy(), np.arange(5).astype(array.dtype))


def test_any_byte_but_zero_is_true(file):
    array = FileSlice(file(np.array([0, 1, 2, 255], np.uint8)), 0, bool, (4,))
    assert array.numpy().view(np.uint8).tolist() == [0, 1, 1, 1]


def test_a_file_too_short_is_refused_before_it_is_read(file):
    with pytest.raises(WeightFileError, match="has 48 bytes, but 400000 bytes are declared at 0"):
        FileSlice(file(MATRIX), 0, "f4", (100, 1000))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(WeightFileError, match="cannot be read"):
        FileSlice(tmp_path / "none", 0, "f4", (1,))


def test_a_file_that_shrinks_is_noticed(tmp_path):
    with pytest.raises(WeightFileError, match="ended while it was read"):
        read_exactly(io.BytesIO(b"abc"), np.empty(4, np.uint8), tmp_path)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2)])
def test_scalars_and_empties_have_their_shape(file, shape):
    values = np.ones(shape, np.float32)
    for array in (Dense(values), FileSlice(file(values), 0, "f4", shape), Deferred("f4", shape, lambda: values)):
        assert array.shape == shape
        assert array.numpy().shape == shape
        assert sum(piece.size for piece in array.chunks()) == values.size


def test_deferred_computes_when_asked_and_keeps_nothing():
    calls = []
    array = Deferred("f4", (2,), lambda: calls.append(1) or np.ones(2, np.float32))
    assert not calls
    array.numpy(), array.numpy()
    assert len(calls) == 2


def test_deferred_checks_what_it_was_promised():
    with pytest.raises(WeightFileError, match=r"float64\[2\] where float32\[2\] was promised"):
        Deferred("f4", (2,), lambda: np.ones(2)).numpy()


def test_mapped_works_piece_by_piece_within_the_limit():
    array = Mapped(Dense(MATRIX), lambda piece: piece * 2.0, np.float64)
    assert np.array_equal(joined(array, 16), MATRIX * 2)


def test_reshape_keeps_the_values_and_refuses_another_size():
    array = Dense(MATRIX).reshape((2, 6))
    assert np.array_equal(joined(array, 8), MATRIX.reshape(2, 6))
    with pytest.raises(ValueError, match="cannot reshape"):
        Dense(MATRIX).reshape((5,))


def test_values_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Dense(MATRIX.copy()).numpy()[0] = 1


def test_equal_keys_mean_equal_values(file):
    path = file(MATRIX)
    assert FileSlice(path, 0, "<f4", (12,)).key == FileSlice(path, 0, "<f4", (12,)).key
    assert FileSlice(path, 0, "<f4", (12,)).key != FileSlice(path, 0, "<i4", (12,)).key
    assert FileSlice(path, 0, "<f4", (11,)).key != FileSlice(path, 4, "<f4", (11,)).key
    assert FileSlice(path, 0, "<f4", (12,)).key != FileSlice(path, 0, ">f4", (12,)).key
    assert Dense(MATRIX).key == Dense(MATRIX.copy()).key != Dense(MATRIX + 1).key
    assert Dense(MATRIX).key != Dense(MATRIX.reshape(4, 3)).key
    assert Dense(np.float32(0.0)).key != Dense(np.float32(-0.0)).key
    assert Dense(np.array(["a"])).key == Dense(np.array(["a"], object)).key != Dense(np.array(["b"])).key


def test_large_arrays_are_the_same_when_they_are_the_same_memory():
    large = np.zeros(100_000, np.float32)
    assert Dense(large).key == Dense(large).key != Dense(large.copy()).key
    assert Dense(large[:50_000]).key != Dense(large[50_000:]).key
    assert Dense(large.reshape(10, -1)).key != Dense(large.reshape(10, -1).T).key


@pytest.mark.parametrize(("given", "dtype"), [(1.5, "float64"), ([1, 2], "int64"), (["a", "ß"], "object")])
def test_plain_python_becomes_an_array(given, dtype):
    array = as_array(given)
    assert array.dtype.name == dtype
    assert array.numpy().tolist() == given


def test_a_jax_array_stays_where_it_is_until_asked():
    import jax.numpy as jnp

    values = jnp.ones((2, 3), jnp.bfloat16)
    array = as_array(values)
    assert (array.dtype, array.shape) == (np.dtype(ml_dtypes.bfloat16), (2, 3))
    assert array.key == as_array(values).key
    assert array.numpy().sum() == 6


def test_a_jax_random_key_is_refused_with_the_way_out():
    import jax

    with pytest.raises(NarrowingError, match="key_data"):
        as_array(jax.random.key(0))


def test_repr_says_what_and_where(file):
    path = file(MATRIX)
    assert repr(Dense(np.float32([1, 2]))) == "Dense([1., 2.], dtype=float32)"
    expected = f"FileSlice(shape=(3, 4), dtype=float32, path={str(path)!r}, offset=0)"
    assert repr(FileSlice(path, 0, "f4", (3, 4))) == expected
