"""Loops and branches of frames: the interpreter and TensorFlow.js agree on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.graph.ops.harness import RUN_ON, check_graph
from totfjs.conversion import model_json
from totfjs.graph.builder import Builder, OpError, Tensor
from totfjs.graph.decode import decode
from totfjs.graph.edit import prune
from totfjs.graph.encode import distinct, weights
from totfjs.graph.frames import has_frames
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType

F32, BOOL = DType.FLOAT32, DType.BOOL
X = np.array([1.0, -2.0, 0.5], np.float32)
Turn = Callable[..., list[Tensor]]


def frame(builder: Builder, name: str, start: list[Tensor], count: Tensor | int, turn: Turn) -> list[Tensor]:
    """A loop of frames that counts its turns. A limit that is a tensor is of the frame around it, as `start` is."""
    zero = builder.const(0) if isinstance(count, int) else count * 0
    entered = [builder.op("Enter", value, frame_name=name) for value in (zero, *start)]
    heads = [builder.op("Merge", value, value) for value in entered]
    limit = builder.op("Enter", count, frame_name=name, is_constant=True) if isinstance(count, Tensor) else count
    going = builder.op("LoopCond", builder.op("Less", heads[0], limit))
    routed = [builder.ops("Switch", head, going) for head in heads]
    counter, *state = (live for _, live in routed)
    following = [counter + 1, *turn(builder, counter, *state)]
    for head, value in zip(heads, following, strict=True):
        builder.close(head, value)
    return [builder.op("Exit", done) for done, _ in routed[1:]]


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_loop_of_frames(engine: object, backend: str, count: int) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (3,))
    scale = builder.op("Enter", x, frame_name="loop", is_constant=True)
    v, w = frame(builder, "loop", [x, x * 2.0], count, lambda b, i, v, w: [v * scale + w, v])
    check_graph(engine, prune(builder.build({"v": v, "w": w, "x": x})), {"x": X}, backend)


def test_a_pruned_loop_still_runs() -> None:
    builder = Builder(backends=())
    x = builder.input("x", F32, (3,))
    (v,) = frame(builder, "loop", [x], 2, lambda b, i, v: [v * 2.0])
    builder.op("Exp", v, name="unused")
    graph = prune(builder.build({"v": v}))
    assert "unused" not in graph.nodes
    np.testing.assert_array_equal(interpret(graph, {"x": X})["v"], X * 4)


@pytest.mark.parametrize("backend", RUN_ON)
def test_a_loop_in_a_loop(engine: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (3,))

    def outer(b: Builder, i: Tensor, v: Tensor) -> list[Tensor]:
        (inner,) = frame(b, "inner", [v], i, lambda b, j, u: [u * 0.5 + 1.0])
        return [inner + 1.0]

    (v,) = frame(builder, "outer", [x], 4, outer)
    check_graph(engine, builder.build({"v": v}), {"x": X}, backend)


@pytest.mark.parametrize("backend", RUN_ON)
def test_a_branch_in_a_loop(engine: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (3,))

    def turn(b: Builder, i: Tensor, v: Tensor) -> list[Tensor]:
        even = b.op("Equal", b.op("FloorMod", i, b.const(2)), b.const(0))
        no, yes = b.ops("Switch", v, even)
        return [b.op("Merge", no * 3.0, b.op("Exp", yes))]

    (v,) = frame(builder, "loop", [x], 3, turn)
    check_graph(engine, builder.build({"v": v}), {"x": X}, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("choice", [True, False])
def test_a_branch_without_a_loop(engine: object, backend: str, choice: bool) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x, pred = builder.input("x", F32, (3,)), builder.input("pred", BOOL, ())
    no, yes = builder.ops("Switch", x, pred)
    met = builder.op("Merge", no + 1.0, yes * 10.0)
    check_graph(engine, builder.build({"met": met}), {"x": X, "pred": np.array(choice)}, backend)


def test_a_circle_that_is_no_loop_is_an_error() -> None:
    builder = Builder(backends=())
    x = builder.input("x", F32, (3,))
    first = builder.op("Switch", x, builder.const(True))
    second = first + 1.0
    builder.add(replace(builder.nodes[first.value.node], inputs=(second.value, first.value)))
    with pytest.raises(OpError, match="the graph waits for itself at Switch"):
        interpret(builder.build({"y": second}), {"x": X})


def test_an_output_on_a_branch_that_is_not_taken_is_an_error() -> None:
    builder = Builder(backends=())
    x = builder.input("x", F32, (3,))
    no, _ = builder.ops("Switch", x, builder.const(True))
    graph = builder.build({"y": no * 2.0})
    assert has_frames(graph)
    with pytest.raises(OpError, match="the output y is on a branch that is not taken"):
        interpret(graph, {"x": X})


def test_a_merge_meets_shapes_and_refuses_other_dtypes() -> None:
    builder = Builder(backends=())
    x, y = builder.input("x", F32, (3,)), builder.input("y", F32, (4,))
    with pytest.raises(OpError, match=r"float32\[3\] and float32\[4\] cannot meet"):
        builder.op("Merge", x, y)
    with pytest.raises(OpError, match="cannot meet"):
        builder.op("Merge", x, builder.const([1, 2, 3]))


def test_a_loop_may_not_change_the_type_of_its_state() -> None:
    builder = Builder(backends=())
    x = builder.input("x", F32, (3,))
    with pytest.raises(OpError, match=r"the loop starts with float32\[3\] and goes on with float32\[6\]"):
        frame(builder, "loop", [x], 2, lambda b, i, v: [b.op("ConcatV2", v, v, 0)])


def test_a_merge_refuses_what_is_on_no_branch() -> None:
    builder = Builder(backends=("cpu",))
    _, yes = builder.ops("Switch", builder.input("x", F32, (3,)), builder.const(True))
    with pytest.raises(OpError, match="a constant is there whatever branch is taken"):
        builder.op("Merge", yes, builder.const([1.0, 2.0, 3.0]))


def test_a_loop_is_read_back_from_its_json() -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (3,))
    (v,) = frame(builder, "loop", [x], 4, lambda b, i, v: [v * 0.5 + x.builder.const(1.0)])
    graph = distinct(prune(builder.build({"v": v})))
    again = decode(model_json(graph), dict(weights(graph)))
    np.testing.assert_array_equal(interpret(again, {"x": X})["v"], interpret(graph, {"x": X})["v"])
