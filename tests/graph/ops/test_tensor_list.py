from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, check_graph, run
from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, OpError, Tensor
from totfjs.graph.dims import symbol
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import vocabulary
from totfjs.graph.ops.tensor_list import NOT_WIRED
from totfjs.graph.types import DType, dtype_of

F32, I32 = DType.FLOAT32, DType.INT32
ROWS = np.arange(6, dtype=np.float32).reshape(3, 2)


def rows(builder: Builder) -> Tensor:
    return builder.op("TensorListFromTensor", builder.input("x", F32, (3, 2)), [2])


def stack(builder: Builder, items: Tensor, count: int = -1, dtype: DType = F32) -> Tensor:
    return builder.op("TensorListStack", items, [2], element_dtype=dtype, num_elements=count)


def item(builder: Builder, items: Tensor, index: Any) -> Tensor:
    return builder.op("TensorListGetItem", items, index, [2], element_dtype=F32)


def outputs(builder: Builder, **found: Tensor) -> Any:
    return builder.build(found)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("shape", [[2], [-1]])
def test_rows_go_in_and_come_out(engine: object, backend: str, shape: list[int]) -> None:
    b = Builder(backends=("cpu", "wasm"))
    items = b.op("TensorListFromTensor", b.input("x", F32, (3, 2)), shape)
    graph = outputs(
        b,
        stacked=b.op("TensorListStack", items, shape, element_dtype=F32, num_elements=3),
        item=b.op("TensorListGetItem", items, 2, shape, element_dtype=F32),
        gathered=b.op("TensorListGather", items, [2, 0], shape, element_dtype=F32),
        joined=b.op("TensorListConcat", items, element_dtype=F32, element_shape=(2,)),
        joined_too=b.op("TensorListConcatV2", items, element_dtype=F32, element_shape=(-1,)),
        length=b.op("TensorListLength", items),
    )
    check_graph(engine, graph, {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize(
    "values",
    [
        np.array([[1, -(2**24)], [2**24 - 1, 0]], np.int32),
        np.array([[True, False], [False, False]]),
        np.array([["a", "é"], ["", "b"]], object),
    ],
    ids=lambda values: values.dtype.kind,
)
def test_elements_are_of_any_dtype(engine: object, backend: str, values: np.ndarray) -> None:
    b = Builder(backends=("cpu", "wasm"))
    kind = dtype_of(values)
    items = b.op("TensorListFromTensor", b.input("x", kind, (2, 2)), [2])
    items = b.op("TensorListPushBack", items, b.op("TensorListGetItem", items, 0, [2], element_dtype=kind))
    graph = outputs(
        b, stacked=stack(b, items, 3, kind), gathered=b.op("TensorListGather", items, [1], [2], element_dtype=kind)
    )
    check_graph(engine, graph, {"x": values}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_indices_that_repeat_are_refused(engine: object, backend: str) -> None:
    def gathered(b: Builder) -> Any:
        return outputs(b, rows=b.op("TensorListGather", rows(b), [0, 1, 2, 0], [2], element_dtype=F32))

    with pytest.raises(OpError, match="indices that repeat may be more than there are elements"):
        gathered(Builder(backends=("cpu",)))
    graph = gathered(Builder(backends=()))
    assert interpret(graph, {"x": ROWS})["rows"].shape == (4, 2)
    assert run(engine, graph, {"x": ROWS}, backend)["rows"].shape == (3, 2), "indices are not dropped any more"


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_elements_of_different_length_do_not_join(engine: object, backend: str) -> None:
    b = Builder(backends=())
    x = b.input("x", F32, (3, 2))
    items = b.op("EmptyTensorList", [-1, 2], -1, element_dtype=F32)
    for item in (x, b.op("ConcatV2", x, x, 0)):
        items = b.op("TensorListPushBack", items, item)
    graph = outputs(b, joined=b.op("TensorListConcatV2", items, element_dtype=F32, element_shape=(-1, 2)))
    assert interpret(graph, {"x": ROWS})["joined"].shape == (9, 2)
    with pytest.raises(EngineError, match="Incompatible shape"):
        run(engine, graph, {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_lists_grow(engine: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    x = b.input("x", F32, (2,))
    items = b.op("EmptyTensorList", [2], -1, element_dtype=F32)
    for factor in (1.0, 2.0):
        items = b.op("TensorListPushBack", items, x * factor)
    graph = outputs(b, stacked=stack(b, items), length=b.op("TensorListLength", items))
    check_graph(engine, graph, {"x": ROWS[2]}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("op", ["TensorListScatter", "TensorListScatterV2"])
def test_rows_are_put_in_places(engine: object, backend: str, op: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    size = [3] if op.endswith("V2") else []
    items = b.op(op, b.input("x", F32, (3, 2)), [2, 0, 1], [2], *size)
    check_graph(engine, outputs(b, stacked=stack(b, items, 3)), {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_reserved_list_is_filled(engine: object, backend: str, order: tuple[int, ...]) -> None:
    b = Builder(backends=("cpu", "wasm"))
    x = b.input("x", F32, (2,))
    items = b.op("TensorListReserve", [2], 3, element_dtype=F32)
    for index in order:
        items = b.op("TensorListSetItem", items, index, x * float(index))
    check_graph(engine, outputs(b, stacked=stack(b, items, 3)), {"x": ROWS[1]}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_resized_list_has_the_length_that_a_reserved_one_lacks(engine: object, backend: str) -> None:
    def length(resized: bool) -> Any:
        b = Builder(backends=("cpu", "wasm"))
        items = b.op("TensorListReserve", [2], 3, element_dtype=F32)
        items = b.op("TensorListResize", items, 3) if resized else items
        return outputs(b, length=b.op("TensorListLength", items), x=b.input("x", F32, (2,)))

    check_graph(engine, length(True), {"x": ROWS[1]}, backend)
    reserved = run(engine, length(False), {"x": ROWS[1]}, backend)
    assert reserved["length"] == 0, "a reserved list has its length now"


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_the_runtime_changes_a_list_in_place(stock: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    old = rows(b)
    new = stack(b, b.op("TensorListSetItem", old, 0, b.const([9.0, 9.0])))
    first = b.op("Cast", b.op("Sum", new * 0.0, [0, 1]), SrcT=F32, DstT=I32)
    graph = outputs(b, new=new, old=item(b, old, first))
    np.testing.assert_array_equal(interpret(graph, {"x": ROWS})["old"], ROWS[0])
    np.testing.assert_array_equal(run(stock, graph, {"x": ROWS}, backend)["old"], [9, 9], "lists are values now")


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_elements_that_were_never_set_throw(engine: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    items = b.op("TensorListReserve", [2], 3, element_dtype=F32)
    items = b.op("TensorListSetItem", items, 1, b.input("x", F32, (2,)))
    graph = outputs(b, item=item(b, items, 0))
    np.testing.assert_array_equal(interpret(graph, {"x": ROWS[0]})["item"], [0, 0])
    with pytest.raises(EngineError, match="element at index 0 is null"):
        run(engine, graph, {"x": ROWS[0]}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_an_empty_list_gives_another_dtype_or_throws(engine: object, backend: str) -> None:
    def empty(op: str, *operands: Any, **attrs: Any) -> Any:
        b = Builder(backends=("cpu", "wasm"))
        items = b.op("EmptyTensorList", [2], -1, element_dtype=I32)
        return outputs(b, y=b.op(op, items, *operands, element_dtype=I32, **attrs), x=b.input("x", F32, (2,)))

    gathered, stacked = empty("TensorListGather", np.zeros(0, np.int32), [2]), empty("TensorListStack", [2])
    assert interpret(gathered, {"x": ROWS[0]})["y"].dtype == np.int32
    assert run(engine, gathered, {"x": ROWS[0]}, backend)["y"].dtype == np.float32
    assert interpret(stacked, {"x": ROWS[0]})["y"].shape == (0, 2)
    with pytest.raises(EngineError):
        run(engine, stacked, {"x": ROWS[0]}, backend)


def test_element_shapes_give_types() -> None:
    b = Builder()
    items = b.op("TensorListFromTensor", b.input("x", F32, (symbol("b"), symbol("n"), 2)), [-1, 2])
    size = b.op("Shape", b.input("y", F32, (symbol("k"), 2)))
    assert str(b.op("TensorListGetItem", items, 0, size, element_dtype=F32).type) == "float32[k,2]"
    named = b.op("TensorListStack", items, [-1, 2], element_dtype=F32, name="rows")
    assert str(named.type) == "float32[rows.0,rows.1,2]"
    with pytest.raises(OpError, match="the number of dims of the elements has to be known"):
        b.op("TensorListGetItem", items, 0, np.array(-1, np.int32), element_dtype=F32)


def test_reading_past_the_end_is_an_error() -> None:
    b = Builder()
    with pytest.raises(OpError, match="element 3 of a list of 3"):
        interpret(outputs(b, item=item(b, rows(b), 3)), {"x": ROWS})


def test_ops_that_cannot_be_used_have_no_spec() -> None:
    assert NOT_WIRED.keys().isdisjoint(vocabulary())
