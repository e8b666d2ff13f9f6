from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, check_graph
from tests.graph.ops.test_control import HANDLE, VECTOR, function
from totfjs.errors import IllegalGraphError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.lists import shared_lists
from totfjs.graph.types import DType
from totfjs.graph.validate import check_legal

F32 = DType.FLOAT32


def rows(builder: Builder) -> Tensor:
    return builder.op("TensorListFromTensor", builder.input("x", F32, (4, 3)), [3])


def read(builder: Builder, items: Tensor, index: int) -> Tensor:
    return builder.op("TensorListGetItem", items, index, [3], element_dtype=F32)


def write(builder: Builder, items: Tensor, row: Tensor) -> Tensor:
    return builder.op("TensorListSetItem", items, 0, row)


def old_and_new(b: Builder, items: Tensor) -> dict[str, Tensor]:
    return {"new": read(b, write(b, items, read(b, items, 1)), 0), "old": read(b, items, 0)}


def read_before(b: Builder, items: Tensor) -> dict[str, Tensor]:
    return {"new": read(b, write(b, items, read(b, items, 1) * 2.0), 0)}


def two_changes(b: Builder, items: Tensor) -> dict[str, Tensor]:
    row = read(b, items, 2)
    return {"one": read(b, write(b, items, row), 0), "other": read(b, write(b, items, row * 2.0), 0)}


def in_a_row(b: Builder, items: Tensor) -> dict[str, Tensor]:
    for index in (1, 2):
        items = write(b, items, read(b, items, index))
    return {"new": read(b, items, 0)}


def behind_an_identity(b: Builder, items: Tensor) -> dict[str, Tensor]:
    same = b.op("Identity", items)
    return {"new": read(b, write(b, same, read(b, items, 1)), 0), "old": read(b, items, 0)}


def in_a_branch(b: Builder, items: Tensor) -> dict[str, Tensor]:
    b.functions = {"put": function([HANDLE, VECTOR], lambda b, items, row: [write(b, items, row)])}
    new = b.op("If", b.const(True), items, b.const([1.0, 2.0, 3.0]), then_branch="put", else_branch="put")
    return {"new": read(b, new, 0), "old": read(b, items, 0)}


@pytest.mark.parametrize(
    ("body", "shared"),
    [
        (old_and_new, True),
        (two_changes, True),
        (behind_an_identity, True),
        (in_a_branch, True),
        (read_before, False),
        (in_a_row, False),
    ],
)
def test_a_list_may_not_be_read_beside_what_changes_it(
    body: Callable[[Builder, Tensor], dict[str, Tensor]], shared: bool
) -> None:
    b = Builder(backends=("cpu", "wasm"))
    graph = b.build(body(b, rows(b)))
    assert bool(list(shared_lists(graph, graph.functions))) is shared
    if not shared:
        check_legal(graph)
        return
    with pytest.raises(IllegalGraphError, match="the list that it changes is read elsewhere"):
        check_legal(graph)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("body", [read_before, in_a_row])
def test_a_list_that_is_read_before_it_is_changed_is_right(
    engine: object, backend: str, body: Callable[[Builder, Tensor], dict[str, Tensor]]
) -> None:
    b = Builder(backends=("cpu", "wasm"))
    graph = b.build(body(b, rows(b)))
    check_graph(engine, graph, {"x": np.arange(12, dtype=np.float32).reshape(4, 3)}, backend)
