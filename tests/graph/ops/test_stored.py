from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.graph.ops.test_control import HANDLE, VECTOR, function
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.ops.stored import freed


def put(builder: Builder, rows: Tensor, row: Tensor) -> Tensor:
    return builder.op("TensorListSetItem", rows, 0, row)


def argument(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    return [put(builder, rows, v)]


def constant(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    return [put(builder, rows, builder.const([1.0, 2.0, 3.0]))]


def result(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    row = builder.op("Exp", v)
    return [put(builder, rows, row), row]


def neither(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    return [put(builder, rows, builder.op("Exp", v))]


def result_twice(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    row = builder.op("Exp", v)
    return [put(builder, rows, row), row, row]


def one_of_two_outputs(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
    row, _ = builder.ops("TopKV2", v, 3)
    return [put(builder, rows, row), row]


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        (argument, False),
        (constant, False),
        (result, False),
        (neither, True),
        (result_twice, True),
        (one_of_two_outputs, True),
    ],
)
def test_only_arguments_weights_and_results_survive(body: Callable[..., list[Tensor]], gone: bool) -> None:
    assert freed(function([VECTOR, HANDLE], body), {}) is gone


@pytest.mark.parametrize("kept", [True, False])
def test_what_an_inner_function_stores_has_to_leave_the_outer_one_too(kept: bool) -> None:
    functions = {"inner": function([VECTOR, HANDLE], lambda builder, v, rows: result(builder, v, rows)[1:])}

    def outer(builder: Builder, v: Tensor, rows: Tensor) -> list[Tensor]:
        row = builder.op("If", builder.const(True), v, rows, then_branch="inner", else_branch="inner")
        return [row] if kept else [row * 2.0]

    assert freed(function([VECTOR, HANDLE], outer, functions), functions) is not kept
