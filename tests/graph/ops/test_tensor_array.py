from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, check_graph, run
from tests.graph.test_frames import frame
from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, OpError, Tensor
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType

F32 = DType.FLOAT32
ROWS = np.arange(6, dtype=np.float32).reshape(3, 2)
TYPE: dict[str, Any] = {"dtype": F32, "element_shape": (2,)}


def array(builder: Builder, size: int = 3, **attrs: Any) -> tuple[Tensor, ...]:
    return builder.ops("TensorArrayV3", size, **{**TYPE, **attrs})


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_rows_go_in_and_come_out(engine: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    handle, flow = array(b, clear_after_read=False)
    flow = b.op("TensorArrayScatterV3", handle, [2, 0, 1], b.input("x", F32, (3, 2)), flow)
    graph = b.build(
        {
            "row": b.op("TensorArrayReadV3", handle, 1, flow, **TYPE) * 2.0,
            "rows": b.op("TensorArrayGatherV3", handle, [0, 2], flow, **TYPE),
            "joined": b.op("TensorArrayConcatV3", handle, flow, dtype=F32, element_shape_except0=()),
            "size": b.op("TensorArraySizeV3", handle, flow),
        }
    )
    check_graph(engine, graph, {"x": ROWS}, backend)


def split(shape: tuple[int, ...], lengths: list[int]) -> Graph:
    b = Builder(backends=("cpu", "wasm"))
    handle, flow = array(b, len(lengths), element_shape=shape)
    flow = b.op("TensorArraySplitV3", handle, b.input("x", F32, (3, 2)), lengths, flow)
    return b.build({"part": b.op("TensorArrayReadV3", handle, 1, flow, dtype=F32, element_shape=(-1, 2)) * 1.0})


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize(("shape", "lengths"), [((1, 2), [1, 1, 1]), ((-1, 2), [1, 2])])
def test_a_tensor_is_split(engine: object, backend: str, shape: tuple[int, ...], lengths: list[int]) -> None:
    check_graph(engine, split(shape, lengths), {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_parts_with_two_open_dims_throw(engine: object, backend: str) -> None:
    graph = split((-1, -1), [1, 2])
    np.testing.assert_array_equal(interpret(graph, {"x": ROWS})["part"], ROWS[1:])
    with pytest.raises(EngineError):
        run(engine, graph, {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_loop_of_frames_reads_and_writes(stock: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    x = b.input("x", F32, (3, 2))
    given, given_flow = array(b)
    given_flow = b.op("TensorArrayScatterV3", given, [0, 1, 2], x, given_flow)
    taken, taken_flow = array(b)
    source, target, ready = (
        b.op("Enter", value, frame_name="loop", is_constant=True) for value in (given, taken, given_flow)
    )

    def turn(b: Builder, i: Tensor, total: Tensor, flow: Tensor) -> list[Tensor]:
        total = total + b.op("TensorArrayReadV3", source, i, ready, **TYPE)
        return [total, b.op("TensorArrayWriteV3", target, i, b.op("Exp", total), flow)]

    total, flow = frame(b, "loop", [b.const([0.0, 0.0]), taken_flow], 3, turn)
    rows = b.op("TensorArrayGatherV3", taken, [0, 1, 2], flow, **TYPE)
    check_graph(stock, b.build({"total": total, "rows": rows}), {"x": ROWS}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_the_size_is_that_of_what_was_written(engine: object, backend: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    handle, flow = array(b)
    flow = b.op("TensorArrayWriteV3", handle, 0, b.input("x", F32, (2,)), flow)
    graph = b.build({"size": b.op("TensorArraySizeV3", handle, flow)})
    assert interpret(graph, {"x": ROWS[0]})["size"] == 3
    assert run(engine, graph, {"x": ROWS[0]}, backend)["size"] == 1, "an array has its declared size now"


@pytest.mark.parametrize(
    ("index", "message"), [(1, "element 1 of an array of 3 cannot be written"), (3, "element 3 of an array of 3")]
)
def test_a_place_is_written_once_and_inside(index: int, message: str) -> None:
    b = Builder()
    handle, flow = array(b)
    x = b.input("x", F32, (2,))
    for place in (1, index):
        flow = b.op("TensorArrayWriteV3", handle, place, x, flow)
    with pytest.raises(OpError, match=message):
        interpret(b.build({"flow": flow}), {"x": ROWS[0]})
