"""Branches and loops over functions, and what the runtime gets wrong in functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, check_graph, model_of, run
from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, OpError, Tensor
from totfjs.graph.dims import Shape, symbol
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType

F32, I32, BOOL, LIST, STRING = DType.FLOAT32, DType.INT32, DType.BOOL, DType.VARIANT, DType.STRING
VECTOR, COUNTER, HANDLE = (F32, (3,)), (I32, ()), (LIST, ())
X = np.array([1.0, -2.0, 0.5], np.float32)
Arguments = Sequence[tuple[DType, Shape]]


def function(
    arguments: Arguments, body: Callable[..., list[Tensor]], functions: Mapping[str, Graph] | None = None
) -> Graph:
    builder = Builder(backends=())
    builder.functions = dict(functions or {})
    given = [builder.input(f"argument{index}", *kind) for index, kind in enumerate(arguments)]
    return builder.build({f"result{index}": tensor for index, tensor in enumerate(body(builder, *given))})


def branch(then: Callable[..., list[Tensor]], other: Callable[..., list[Tensor]], kind: Any = VECTOR) -> Graph:
    builder = Builder(backends=("cpu", "wasm"))
    x, choice = builder.input("x", *kind), builder.input("choice", BOOL, ())
    builder.functions = {"then": function([kind], then), "else": function([kind], other)}
    results = builder.ops("StatelessIf", choice, x, then_branch="then", else_branch="else")
    return builder.build({f"y{index}": tensor for index, tensor in enumerate(results)})


def turns(count: int) -> Callable[..., list[Tensor]]:
    return lambda builder, counter, *state: [builder.op("Less", counter, count)]


def loop(
    builder: Builder, state: Arguments, start: Sequence[Any], body: Callable[..., list[Tensor]], count: int = 4
) -> Any:
    """A loop whose first state counts the turns."""
    inner = dict(builder.functions)
    builder.functions |= {
        "cond": function(state, turns(count)),
        "body": function(state, lambda b, i, *rest: [i + 1, *body(b, i, *rest)], inner),
    }
    return builder.ops("StatelessWhile", builder.const(0), *start, cond="cond", body="body")[1:]


# --- what works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("choice", [True, False])
def test_a_branch_gives_what_the_condition_says(stock: object, backend: str, choice: bool) -> None:
    graph = branch(lambda b, x: [x * 2.0, x], lambda b, x: [b.op("Exp", x), b.const([7.0, 8.0, 9.0])])
    check_graph(stock, graph, {"x": X, "choice": np.array(choice)}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_loop_runs_as_long_as_its_condition_holds(stock: object, backend: str, count: int) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", *VECTOR)
    v, kept = loop(builder, [COUNTER, VECTOR, VECTOR], [x, x], lambda b, i, v, kept: [v * 0.5 + kept, kept], count)
    check_graph(stock, builder.build({"v": v, "kept": kept}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_loop_holds_branches_and_weights_of_its_own(stock: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", *VECTOR)
    weight = np.arange(3, dtype=np.float32)
    builder.functions = {
        "small": function([VECTOR], lambda b, v: [v + b.const(weight)]),
        "large": function([VECTOR], lambda b, v: [v * b.const(weight)]),
    }

    def body(b: Builder, i: Tensor, v: Tensor) -> list[Tensor]:
        even = b.op("Equal", b.op("FloorMod", i, b.const(2)), b.const(0))
        return list(b.ops("StatelessIf", even, v, then_branch="small", else_branch="large"))

    (v,) = loop(builder, [COUNTER, VECTOR], [x], body)
    check_graph(stock, builder.build({"v": v}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_state_may_grow(stock: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (symbol("n"),))
    state: Arguments = [COUNTER, (F32, (symbol("m"),))]
    (grown,) = loop(builder, state, [x], lambda b, i, v: [b.op("ConcatV2", v, v, 0)], 2)
    assert str(grown.type) == "float32[StatelessWhile.0]"
    check_graph(stock, builder.build({"grown": grown}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_what_a_body_computes_and_returns_can_be_collected_in_a_list(stock: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", *VECTOR)
    rows = builder.op("TensorListReserve", [3], 4, element_dtype=F32)

    def body(b: Builder, i: Tensor, v: Tensor, rows: Tensor, row: Tensor) -> list[Tensor]:
        row = b.op("Exp", v)
        return [v * 0.5, b.op("TensorListSetItem", rows, i, row), row]

    zeros = builder.const(np.zeros(3, np.float32))
    _, rows, _ = loop(builder, [COUNTER, VECTOR, HANDLE, VECTOR], [x, rows, zeros], body)
    stacked = builder.op("TensorListStack", rows, [3], element_dtype=F32, num_elements=4)
    check_graph(stock, builder.build({"rows": stacked}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_body_can_read_rows_from_a_list(stock: object, backend: str) -> None:
    builder = Builder(backends=("cpu", "wasm"))
    x = builder.input("x", F32, (4, 3))
    rows = builder.op("TensorListFromTensor", x, [3])

    def body(b: Builder, i: Tensor, total: Tensor, rows: Tensor) -> list[Tensor]:
        return [total * 0.5 + b.op("TensorListGetItem", rows, i, [3], element_dtype=F32), rows]

    total, _ = loop(builder, [COUNTER, VECTOR, HANDLE], [builder.const(X), rows], body)
    check_graph(stock, builder.build({"total": total}), {"x": np.arange(12, dtype=np.float32).reshape(4, 3)}, backend)


# --- types ----------------------------------------------------------------------------------------------------------


def test_a_dim_on_which_the_branches_agree_is_kept() -> None:
    kind = (F32, (symbol("b"), 2))
    graph = branch(lambda b, x: [x, x], lambda b, x: [x * 2.0, b.op("ConcatV2", x, x, 0)], kind)
    assert [str(graph.type(value)) for value in graph.outputs.values()] == ["float32[b,2]", "float32[StatelessIf.0,2]"]


def test_the_symbols_of_a_function_stand_for_what_it_is_given() -> None:
    builder = Builder(backends=())
    double = function([(F32, (symbol("n"),))], lambda b, v: [v * 2.0])
    builder.functions = {"double": double}
    y = builder.op("If", builder.const(True), builder.input("x", F32, (7,)), then_branch="double", else_branch="double")
    assert str(y.type) == "float32[7]"


@pytest.mark.parametrize(
    ("state", "body", "message"),
    [
        ([VECTOR], lambda b, i: [i + 1], "takes 1 arguments, not 2"),
        ([COUNTER, (F32, (2,))], lambda b, i, v: [v], r"argument 1 of cond is float32\[2\], not float32\[3\]"),
        ([COUNTER, VECTOR], lambda b, i, v: [b.op("Sum", v, [0])], r"the body gives int32\[\], float32\[\]"),
    ],
)
def test_functions_that_do_not_fit_are_refused(state: Arguments, body: Any, message: str) -> None:
    builder = Builder(backends=())
    x = builder.input("x", *VECTOR)
    functions = {"cond": function(state, lambda b, *_: [b.const(True)])}
    functions["body"] = function(state, lambda b, i, *rest: [i, *body(b, i, *rest)] if rest else [i])
    builder.functions = functions
    with pytest.raises(OpError, match=message):
        builder.ops("While", builder.const(0), x, cond="cond", body="body")


def test_a_function_that_is_not_there_is_refused() -> None:
    builder = Builder(backends=())
    with pytest.raises(OpError, match="there is no function gone"):
        builder.ops("While", builder.const(0), cond="gone", body="gone")


# --- what the runtime gets wrong in functions, and how the encoding avoids it ---------------------------------------


def top_two(builder: Builder, x: Tensor) -> list[Tensor]:
    values, places = builder.ops("TopKV2", x, 2)
    return [values, builder.op("Cast", places, SrcT=I32, DstT=F32)]


def both(builder: Builder, x: Tensor) -> list[Tensor]:
    return list(builder.ops("TopKV2", x, 2))


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_outputs_are_read_by_number(stock: object, backend: str) -> None:
    graph, inputs = distinct(branch(top_two, top_two)), {"x": X, "choice": np.array(True)}
    check_graph(stock, graph, inputs, backend)
    model, data = model_of(graph)
    for encoded in model["modelTopology"]["library"]["function"]:
        for node in encoded["nodeDef"]:
            node["input"] = [name.replace("TopKV2:1", "TopKV2:indices:0") for name in node.get("input", ())]
    session = stock.load(model, [data], backend=backend)  # type: ignore[attr-defined]
    named = session.execute(inputs)
    session.close()
    np.testing.assert_array_equal(named["y1"], named["y0"], "output names are understood now")


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_two_results_of_one_node_are_told_apart(stock: object, backend: str) -> None:
    graph, inputs = branch(both, both), {"x": X, "choice": np.array(True)}
    check_graph(stock, graph, inputs, backend)
    shared = run(stock, graph, inputs, backend)
    np.testing.assert_array_equal(shared["y0"], shared["y1"], "results of one node are told apart now")


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_a_node_without_inputs_never_starts_in_a_function(stock: object, backend: str) -> None:
    def sized(builder: Builder, x: Tensor) -> list[Tensor]:
        table = builder.op("HashTableV2", key_dtype=I32, value_dtype=I32)
        return [builder.op("LookupTableSizeV2", table)]

    with pytest.raises(OpError, match="in a function, a node without inputs never starts"):
        branch(sized, sized)
    builder = Builder(backends=())
    x = builder.input("x", *VECTOR)
    builder.functions = {"sized": function([VECTOR], sized)}
    size = builder.op("If", builder.const(True), x, then_branch="sized", else_branch="sized")
    with pytest.raises(EngineError):
        run(stock, builder.build({"size": size}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_functions_do_not_see_tables(stock: object, backend: str) -> None:
    def body(b: Builder, x: Tensor, table: Tensor) -> list[Tensor]:
        return [b.op("LookupTableSizeV2", table)]

    builder = Builder(backends=())
    x = builder.input("x", *VECTOR)
    table = builder.op("HashTableV2", key_dtype=I32, value_dtype=I32)
    builder.functions = {"size": function([VECTOR, (DType.RESOURCE, ())], body)}
    functions = {"then_branch": "size", "else_branch": "size"}
    assert builder.refusal("If", builder.const(True), x, table, **functions) is None
    builder.backends = ("cpu",)
    assert (
        builder.refusal("If", builder.const(True), x, table, **functions)
        == "functions do not see the tables of the model"
    )
    builder.backends = ()
    size = builder.op("If", builder.const(True), x, table, **functions)
    with pytest.raises(EngineError):
        run(stock, builder.build({"size": size}), {"x": X}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_what_a_function_stores_and_does_not_return_is_freed(stock: object, backend: str) -> None:
    def collect(builder: Builder) -> Graph:
        x = builder.input("x", *VECTOR)
        rows = builder.op("TensorListReserve", [3], 4, element_dtype=F32)

        def body(b: Builder, i: Tensor, v: Tensor, rows: Tensor) -> list[Tensor]:
            return [v * 0.5, b.op("TensorListSetItem", rows, i, b.op("Exp", v))]

        _, rows = loop(builder, [COUNTER, VECTOR, HANDLE], [x, rows], body)
        return builder.build({"rows": builder.op("TensorListStack", rows, [3], element_dtype=F32)})

    with pytest.raises(OpError, match="what a function puts into a list is freed at its end"):
        collect(Builder(backends=("wasm",)))
    graph = collect(Builder(backends=()))
    assert interpret(graph, {"x": X})["rows"].shape == (4, 3)
    with pytest.raises(EngineError, match="undefined"):
        run(stock, graph, {"x": X}, backend)
