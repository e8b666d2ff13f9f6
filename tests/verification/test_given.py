from __future__ import annotations

import numpy as np
import pytest

from totfjs.errors import UsageError
from totfjs.graph.dims import symbol
from totfjs.graph.types import DType, TensorType
from totfjs.verification.given import as_dtype, fitted_inputs, matched

b, t = symbol("b"), symbol("t")
IMAGE, SIZE = TensorType(DType.FLOAT32, (b, 4, 4)), TensorType(DType.FLOAT32, (b, 2))


def test_arrays_by_name_tell_the_dynamic_sizes() -> None:
    given = fitted_inputs(
        {"image": IMAGE, "size": SIZE}, {"size": np.ones((3, 2), "f"), "image": np.ones((3, 4, 4), "f")}
    )
    assert list(given.arrays) == ["image", "size"]
    assert (given.sizes, given.notes, given.batch) == ({"b": 3}, (), None)


def test_other_names_are_taken_where_only_one_order_fits() -> None:
    found = matched({"image": IMAGE, "size": SIZE}, {"a": np.ones((3, 2)), "b": np.zeros((3, 4, 4))}, "inputs")
    assert {name: array.ndim for name, array in found.items()} == {"image": 3, "size": 2}


def test_numbered_arrays_are_in_order() -> None:
    arrays = {"arr_0": np.zeros((1, 2)), "arr_1": np.ones((1, 2))}
    found = matched({"one": SIZE, "two": SIZE}, arrays, "inputs")
    assert found["two"] is arrays["arr_1"]


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros((1, 2)), "b": np.ones((1, 2))},
        {"one": np.zeros((1, 2))},
        {"one": np.zeros((1, 2)), "two": np.zeros((1, 2)), "three": np.zeros((1, 2))},
        {"one": np.zeros((1, 2)), "other": np.zeros((1, 2))},
    ],
)
def test_what_fits_in_several_ways_or_in_none_is_refused_with_both_sides(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(UsageError) as refused:
        matched({"one": SIZE, "two": SIZE}, arrays, "inputs")
    assert "It has one: float32[b,2], two: float32[b,2]; the arrays are " in str(refused.value)
    assert all(f"{name}: float64[1, 2]" in str(refused.value) for name in arrays)


@pytest.mark.parametrize(
    ("array", "dtype", "expected"),
    [
        (np.array([0.1]), DType.FLOAT32, np.array([0.1], np.float32)),
        (np.array([np.nan, np.inf]), DType.FLOAT32, np.array([np.nan, np.inf], np.float32)),
        (np.array([200], np.uint8), DType.FLOAT32, np.array([200], np.float32)),
        (np.array([7], np.int64), DType.INT32, np.array([7], np.int32)),
        (np.array([7.0]), DType.INT32, np.array([7], np.int32)),
        (np.array([0, 1]), DType.BOOL, np.array([False, True])),
        (np.array([0.5]), DType.COMPLEX64, np.array([0.5 + 0j], np.complex64)),
        (np.array(["a"]), DType.STRING, np.array(["a"], object)),
    ],
)
def test_arrays_take_the_dtype_of_the_input(array: np.ndarray, dtype: DType, expected: np.ndarray) -> None:
    found = as_dtype("x", array, dtype)
    assert found.dtype == expected.dtype
    assert [str(each) for each in found] == [str(each) for each in expected]


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([2**40]), DType.INT32),
        (np.array([0.5]), DType.INT32),
        (np.array([np.nan]), DType.INT32),
        (np.array([2]), DType.BOOL),
        (np.array([1e300]), DType.FLOAT32),
        (np.array([1j]), DType.FLOAT32),
        (np.array(["a"]), DType.FLOAT32),
        (np.array([1.0]), DType.STRING),
    ],
)
def test_values_that_an_input_cannot_hold_are_refused(array: np.ndarray, dtype: DType) -> None:
    with pytest.raises(UsageError, match=rf"The input x is {dtype.value}; the .* values that are given for it are not"):
        as_dtype("x", array, dtype)


def test_a_change_of_dtype_is_told() -> None:
    given = fitted_inputs({"size": SIZE}, {"size": np.ones((1, 2))})
    assert given.notes == ("The input size is given as float64, and runs as float32.",)


def test_more_examples_than_a_fixed_batch_are_taken_in_turns() -> None:
    kind = TensorType(DType.FLOAT32, (2, 3))
    assert fitted_inputs({"x": kind}, {"x": np.ones((6, 3))}).batch == 2
    assert fitted_inputs({"x": kind}, {"x": np.ones((2, 3))}).batch is None


@pytest.mark.parametrize("shape", [(3, 4), (3,), (2, 4, 4, 1), (2, 4, 5)])
def test_another_shape_is_refused_with_both_sides(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"The input image is float32\[b,4,4\]; the array .* has the shape \["):
        fitted_inputs({"image": IMAGE}, {"image": np.ones(shape)})


def test_sizes_that_contradict_each_other_are_refused() -> None:
    arrays = {"image": np.ones((3, 4, 4)), "size": np.ones((2, 2))}
    with pytest.raises(UsageError, match=r"has the shape \[2, 2\], where b is 3"):
        fitted_inputs({"image": IMAGE, "size": SIZE}, arrays)


def test_a_dim_that_is_computed_from_another_has_to_fit() -> None:
    types = {"a": TensorType(DType.FLOAT32, (t,)), "b": TensorType(DType.FLOAT32, (t * 2,))}
    assert fitted_inputs(types, {"a": np.ones(3), "b": np.ones(6)}).sizes == {"t": 3}
    with pytest.raises(UsageError, match="where t is 3"):
        fitted_inputs(types, {"a": np.ones(3), "b": np.ones(5)})
