"""Lists of tensors as values: what was set is read, what was not is zero, what is not there is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import const, lowering, model, node
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.sources.tensorflow.flow import elements, forms, lists
from totfjs.sources.tensorflow.flow.lists import Items, Rows, Unset
from totfjs.sources.tensorflow.lowering import Lowering


def _index(value: int) -> np.ndarray:
    return np.array(value, np.int32)


def _list(length: int = 3, shape: lists.ElementShape = (2,)) -> Items:
    return Items("float32", shape, (None,) * length)


def _rows(at: Lowering, count: int = 3) -> Rows:
    return Rows("float32", None, at.builder.input("x", DType.FLOAT32, (count, 2)))


def test_an_element_that_was_set_is_read() -> None:
    at, value = lowering(), np.ones(2, np.float32)
    found = elements.with_item(at, _list(), _index(1), value)
    assert elements.get(at, found, _index(1)) is value


def test_a_list_that_is_written_stays_as_it_was() -> None:
    before = _list()
    elements.with_item(lowering(), before, _index(1), np.ones(2, np.float32))
    assert before.items == (None, None, None)


def test_an_element_that_was_not_set_is_zero() -> None:
    found = elements.get(lowering(), _list(), _index(2))
    np.testing.assert_array_equal(found, np.zeros(2, np.float32), strict=True)


def test_an_element_that_was_not_set_has_the_shape_of_another() -> None:
    at = lowering()
    found = elements.with_item(at, _list(shape=None), _index(0), np.ones((4, 1), np.float32))
    np.testing.assert_array_equal(elements.get(at, found, _index(2)), np.zeros((4, 1), np.float32), strict=True)


def test_strings_that_were_not_set_are_empty() -> None:
    found = elements.get(lowering(), Items("string", (), (None,)), _index(0))
    assert isinstance(found, np.ndarray) and found[()] == b""


def test_an_element_of_no_known_shape_that_was_not_set_is_refused() -> None:
    with pytest.raises(OpError, match="the shape of an element that was never set is not known"):
        elements.get(lowering(), _list(shape=(None, 2)), _index(0))


@pytest.mark.parametrize("index", [-1, 3])
@pytest.mark.parametrize("form", ["items", "rows"])
def test_what_is_not_there_is_not_read(form: str, index: int) -> None:
    at = lowering()
    found = _list() if form == "items" else _rows(at)
    with pytest.raises(OpError, match=f"it reads element {index} of a list of 3"):
        elements.get(at, found, _index(index))


@pytest.mark.parametrize("index", [-1, 3])
def test_what_is_not_there_is_not_written(index: int) -> None:
    with pytest.raises(OpError, match=f"it writes element {index} of a list of 3"):
        elements.with_item(lowering(), _list(), _index(index), np.ones(2, np.float32))


def test_a_list_that_grows_has_room_for_what_is_written() -> None:
    found = elements.with_item(lowering(), _list(0), _index(2), np.ones(2, np.float32), grows=True)
    assert isinstance(found, Items) and [item is None for item in found.items] == [True, True, False]


def test_an_element_of_another_shape_is_refused() -> None:
    with pytest.raises(OpError, match=r"an element of shape \[3\] is put into a list of \(2,\)"):
        elements.with_item(lowering(), _list(), _index(0), np.ones(3, np.float32))


def test_elements_of_different_shapes_are_not_stacked() -> None:
    found = Items("float32", None, (np.ones(2, np.float32), np.ones(3, np.float32)))
    with pytest.raises(OpError, match=r"the elements of the list have different shapes: \(2,\), \(3,\)"):
        forms.stacked(lowering(), found)


def test_known_elements_are_stacked_now_and_zeros_among_them() -> None:
    at = lowering()
    found = forms.stacked(at, elements.with_item(at, _list(2), _index(1), np.ones(2, np.float32)))
    np.testing.assert_array_equal(found, np.array([[0, 0], [1, 1]], np.float32), strict=True)


def test_no_elements_are_stacked_to_nothing() -> None:
    np.testing.assert_array_equal(forms.stacked(lowering(), _list(0)), np.zeros((0, 2), np.float32), strict=True)


def test_a_tensor_is_taken_for_its_rows_and_given_back_as_it_is() -> None:
    at = lowering()
    x = at.builder.input("x", DType.FLOAT32, (3, 2))
    assert forms.stacked(at, forms.of_tensor(at, "float32", x)) is x


def test_rows_are_separate_elements_where_their_number_is_known() -> None:
    apart = forms.separate(_rows(lowering()))
    assert apart is not None
    assert [item.shape for item in apart.items if isinstance(item, Tensor)] == [(2,)] * 3


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(None, (1, None), (1, None)), ((1, None), None, (1, None)), ((None, 2), (1, None), (1, 2)), (None, None, None)],
)
def test_two_shapes_of_elements_say_together_what_each_says(a: Any, b: Any, expected: Any) -> None:
    assert lists.merged(a, b) == expected


def test_shapes_of_different_ranks_contradict() -> None:
    with pytest.raises(OpError, match="elements of the list have 1 dims and 2 dims"):
        lists.merged((2,), (2, 2))


def test_room_for_fewer_than_no_elements_is_refused() -> None:
    with pytest.raises(OpError, match="the list would have -1 elements"):
        forms.reserved(lowering(), "float32", (), _index(-1), (-1,))


def test_a_list_of_many_elements_is_one_tensor() -> None:
    many = forms.MOST_ITEMS + 1
    assert isinstance(forms.reserved(lowering(), "float32", (), _index(many), (many,)), Unset)


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(OpError, match="it reads no list of tensors that totfjs has followed"):
        lists.list_of(np.zeros(3, np.float32))


def test_a_row_is_written_at_a_computed_place() -> None:
    made = model(
        const("rows", [[1, 2], [3, 4], [5, 6]]), const("value", [7, 8]), const("shape", [2]),
        node("hold", "AddV2", "rows", "x"),
        node("list", "TensorListFromTensor", "hold", "shape", element_dtype="int32"),
        node("set", "TensorListSetItem", "list", "at", "value", element_dtype="int32"),
        node("all", "TensorListStack", "set", "shape", element_dtype="int32"),
        outputs="all", inputs={"x": ("int32", ()), "at": ("int32", ())},
    )  # fmt: skip
    assert made.evaluate({"x": _index(0), "at": _index(1)})["all"].tolist() == [[1, 2], [7, 8], [5, 6]]


def test_the_elements_of_a_known_vector_are_scalars() -> None:
    at = lowering()
    found = forms.of_tensor(at, "float32", np.float32([1, 2, 3]))
    np.testing.assert_array_equal(elements.get(at, found, _index(1)), np.array(2, np.float32), strict=True)
