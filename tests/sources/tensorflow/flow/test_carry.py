"""Operands as the tensors that loops and branches pass on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.sources.tensorflow.bodies import lowering
from totfjs.graph import dims
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.sources.tensorflow.flow.carry import same, sizes_again, tensors_of, whole, with_tensors
from totfjs.sources.tensorflow.flow.lists import Collector, Items, Rows, Unset
from totfjs.sources.tensorflow.values import Operand


def _operands(a: Any, b: Any) -> dict[str, Operand]:
    return {
        "a tensor": a,
        "a complex tensor": Complex(a, b),
        "rows": Rows("float32", None, a),
        "a list of no elements": Unset("float32", None, a),
        "a list that is filled": Collector("float32", None, a, b),
        "elements": Items("float32", None, (a, None, np.zeros(2, np.float32), Complex(b, a))),
        "a known value": np.zeros(3, np.float32),
    }


@pytest.mark.parametrize("what", _operands(None, None))
def test_an_operand_is_made_again_of_other_tensors(what: str) -> None:
    builder = lowering().builder
    a, b, c, d, e = (builder.input(name, DType.FLOAT32, (2,)) for name in "abcde")
    operand = _operands(a, b)[what]
    others = [c, d, e][: len(tensors_of(operand))]
    made = with_tensors(operand, iter(others))
    assert type(made) is type(operand)
    assert [each.value for each in tensors_of(made)] == [each.value for each in others]


def test_the_parts_of_a_complex_number_are_made_of_one_shape() -> None:
    builder = lowering().builder
    pair = Complex(builder.input("a", DType.FLOAT32, (1, 3)), builder.input("b", DType.FLOAT32, (2, 1)))
    assert [each.shape for each in tensors_of(whole(pair))] == [(2, 3), (2, 3)]


def test_known_values_are_the_same_in_value_and_dtype_alone() -> None:
    one = np.array([1, 2], np.int32)
    assert same(one, one.copy())
    assert not same(one, one.astype(np.int64))
    assert not same(one, np.array([1, 3], np.int32))
    assert not same(one, np.array([[1, 2]], np.int32))


def test_tensors_are_the_same_when_they_are_one_value_of_the_graph() -> None:
    builder = lowering().builder
    x = builder.input("x", DType.FLOAT32, (2,))
    assert same(x, builder.tensor(x.value))
    assert not same(x, builder.op("Neg", x))


def test_sizes_of_the_inputs_are_computed_again() -> None:
    at = lowering()
    x = at.builder.input("x", DType.FLOAT32, (dims.symbol("b"), 3))
    shape = at.builder.op("Shape", x)
    again = sizes_again(at, shape)
    assert again is not None and at.builder.operand(again).sizes == (dims.symbol("b"), 3)


def test_what_the_data_decides_is_not_computed_again() -> None:
    at = lowering()
    assert sizes_again(at, at.builder.input("x", DType.INT32, (2,))) is None
