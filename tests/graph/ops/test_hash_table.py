from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, check_graph, run
from totfjs.errors import EngineError
from totfjs.graph.builder import Builder, OpError, Tensor
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType, dtype_of

TEXTS, INTEGERS = np.array(["a", "é", ""], object), np.array([3, -1, 2**31 - 1], np.int32)
FLOATS = np.array([0.5, np.inf, -0.0], np.float32)
FILLINGS = ("InitializeTable", "InitializeTableV2", "LookupTableImport", "LookupTableImportV2")


def table(builder: Builder, keys: np.ndarray, values: np.ndarray, filling: str = FILLINGS[3]) -> Tensor:
    kinds = {"key_dtype": dtype_of(keys), "value_dtype": dtype_of(values)}
    return builder.op(filling, builder.op("HashTableV2", **kinds), builder.const(keys), builder.const(values))


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize(
    ("keys", "values", "asked", "default"),
    [
        (TEXTS, FLOATS, np.array(["é", "nowhere", "a", "a", ""], object), np.float32(-1)),
        (TEXTS, INTEGERS, np.array(["b"], object), np.int32(7)),
        (INTEGERS, TEXTS, np.array([2**31 - 1, 0, -1], np.int32), np.array("none", object)),
        (INTEGERS, FLOATS, np.array([3, 3], np.int32), np.float32(np.nan)),
        (INTEGERS[:0], FLOATS[:0], np.array([3], np.int32), np.float32(1)),
        (INTEGERS, INTEGERS, np.array([3, 4], np.int32), np.int32(-1)),
        (INTEGERS, np.array([True, False, True]), np.array([-1, 4], np.int32), np.bool_(True)),
    ],
)
def test_keys_are_looked_up(engine: object, backend: str, keys: Any, values: Any, asked: Any, default: Any) -> None:
    b = Builder(backends=("cpu", "wasm"))
    filled = table(b, keys, values)
    found = b.op("LookupTableFindV2", filled, b.input("asked", dtype_of(asked), asked.shape), b.const(default))
    graph = b.build({"found": found, "size": b.op("LookupTableSizeV2", filled)})
    check_graph(engine, graph, {"asked": asked}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("filling", FILLINGS)
def test_every_way_of_filling_a_table(engine: object, backend: str, filling: str) -> None:
    b = Builder(backends=("cpu", "wasm"))
    asked = b.input("asked", DType.INT32, (2,))
    found = b.op("LookupTableFind", table(b, INTEGERS, FLOATS, filling), asked, b.const(0.0))
    empty = b.op("HashTable", key_dtype=DType.INT32, value_dtype=DType.INT32)
    graph = b.build({"found": found, "size": b.op("LookupTableSize", empty)})
    check_graph(engine, graph, {"asked": np.array([3, 5], np.int32)}, backend)


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_the_result_is_a_vector_whatever_the_keys_are(engine: object, backend: str) -> None:
    def lookup(builder: Builder) -> Any:
        asked = builder.input("asked", DType.INT32, (1, 2))
        return builder.build({"y": builder.op("LookupTableFindV2", table(builder, INTEGERS, FLOATS), asked, 0.0)})

    with pytest.raises(OpError, match="the result is a vector whatever the keys are"):
        lookup(Builder(backends=("cpu",)))
    graph, inputs = lookup(Builder(backends=())), {"asked": np.array([[3, 5]], np.int32)}
    assert interpret(graph, inputs)["y"].shape == (1, 2)
    assert run(engine, graph, inputs, backend)["y"].shape == (2,), "the shape of the keys is kept now"


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_there_has_to_be_a_key(engine: object, backend: str) -> None:
    def lookup(builder: Builder) -> Any:
        asked = builder.input("asked", DType.INT32, (0,))
        return builder.build({"y": builder.op("LookupTableFindV2", table(builder, INTEGERS, FLOATS), asked, 0.0)})

    with pytest.raises(OpError, match="there has to be a key"):
        lookup(Builder(backends=("cpu",)))
    with pytest.raises(EngineError):
        run(engine, lookup(Builder(backends=())), {"asked": INTEGERS[:0]}, backend)
