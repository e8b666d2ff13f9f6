from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, RUN_ON, Case, case, check, run
from totfjs.errors import EngineError
from totfjs.graph.builder import Builder
from totfjs.graph.dims import symbol
from totfjs.graph.encode import distinct
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

f32, i32 = np.float32, np.int32
B = symbol("b")


def floats(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=f32).reshape(shape) - f32(2.5)


def ints(*values: Any) -> np.ndarray:
    return np.array(values, i32)


def number(value: int) -> np.ndarray:
    return np.array(value, i32)


PLAIN = [floats(3, 4), np.arange(12, dtype=i32).reshape(3, 4) * 2**27, floats(3, 4) > 2]
TEXT = np.array(list("abcdefghijkl"), object).reshape(3, 4)
PAIRS = ints([0, 1], [2, 3], [0, 0])
FEW = {"f": ints(5.5, 6, 7).astype(f32), "i": ints(2**31 - 1, -3, 4), "b": np.array([True, False, True])}
FEW["f"] = np.array([0.5, -1.25, np.nan], f32)

CASES = [
    *(case("GatherV2", x, indices, number(axis)) for x in PLAIN
      for indices in (ints(2, 0, 2), ints([0, 1], [1, 2]), number(1)) for axis in (0, 1, -1)),
    *(case("GatherV2", floats(*(3,) * rank), ints(2, 0), number(rank // 2)) for rank in range(1, 8)),
    *(case("GatherV2", floats(2, 3, 4), ints([0, 2, 1], [1, 1, 0]), number(axis), batch_dims=batch)
      for axis, batch in ((1, 1), (2, 1), (2, 2))),
    case("GatherV2", floats(3, 4), np.zeros(0, i32), number(0)),
    case("GatherV2", floats(3, 0), ints(1, 2), number(0)),
    case("GatherV2", floats(3, 0), ints([1, 2], [1, 0]), number(0)),
    *(case("Gather", x, indices) for x in PLAIN for indices in (ints(2, 0, 2), ints([0, 1], [1, 2]))),
    *(case("GatherNd", x, indices) for x in (*PLAIN, TEXT)
      for indices in (ints([2], [0]), PAIRS, ints([[0, 1]], [[2, 2]]), ints(1), ints(1, 2))),
    case("GatherNd", floats(2, 2, 2, 2, 2), ints([1, 0, 1], [0, 0, 1])),
    case("GatherNd", floats(3, 4), np.zeros((0, 2), i32)),
    case("GatherNd", floats(3, 0), ints([1])),
    case("GatherNd", floats(3, 4), np.zeros((2, 0), i32)),
    *(case("ScatterNd", PAIRS, x, ints(3, 4)) for x in (FEW["f"], FEW["i"])),
    *(case("ScatterNd", ints([1], [0], [1]), x, ints(2, 4)) for x in PLAIN[:2]),
    case("ScatterNd", ints([1], [0]), np.array([True, True]), ints(2)),
    case("ScatterNd", ints(1), floats(4), ints(3, 4)),
    case("ScatterNd", ints([[0], [1]], [[2], [2]]), floats(2, 2), ints(3)),
    case("ScatterNd", np.zeros((0, 1), i32), np.zeros((0, 4), f32), ints(3, 4)),
    case("ScatterNd", ints([0], [0]), floats(2, 0), ints(3, 0)),
    *(case("TensorScatterUpdate", x, PAIRS, FEW[x.dtype.kind]) for x in PLAIN),
    *(case("TensorScatterUpdate", x, ints([2], [0], [2]), x[::-1].copy()) for x in PLAIN),
    case("TensorScatterUpdate", floats(3, 4), ints(1), floats(4)),
    case("TensorScatterUpdate", floats(3, 4), np.zeros((0, 2), i32), np.zeros(0, f32)),
    *(case("SparseToDense", ints(0, 3, 4), ints(6), x, x[1]) for x in FEW.values()),
    *(case("SparseToDense", PAIRS, ints(3, 4), x, x[1]) for x in FEW.values()),
    case("SparseToDense", PAIRS, ints(3, 4), np.array(["a", "b", "c"], object), np.array("-", object)),
    case("SparseToDense", ints([0, 1], [1, 1]), ints(2, 2), np.array(3, f32), np.array(0, f32)),
    case("SparseToDense", number(2), ints(4), np.array(3, f32), np.array(0, f32)),
]  # fmt: skip


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)


@pytest.mark.parametrize("backend", RUN_ON)
@pytest.mark.parametrize("index", [-1, 3])
def test_gathering_out_of_bounds_throws(engine: object, backend: str, index: int) -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (3,))
    indices = builder.input("i", DType.INT32, (1,))
    graph = distinct(builder.build({"y": builder.op("GatherV2", x, indices, 0)}))
    with pytest.raises(EngineError, match="the index value"):
        run(engine, graph, {"x": floats(3), "i": ints(index)}, backend)


def test_the_cpu_backend_overwrites_the_tensor_that_it_updates(engine: object) -> None:
    builder = Builder()
    source = builder.input("x", DType.FLOAT32, (3,))
    fresh = source * 2.0
    updated = builder.op("TensorScatterUpdate", fresh, [[1]], np.array([9], f32))
    graph = distinct(builder.build({"before": fresh, "updated": updated}))
    results = {backend: run(engine, graph, {"x": floats(3)}, backend) for backend in EVERYWHERE}
    assert results.pop("cpu")["before"].tolist() == [-5, 9, -1]
    assert all(result["before"].tolist() == [-5, -3, -1] for result in results.values())


def test_symbolic_sizes() -> None:
    builder = Builder()
    x = builder.input("x", DType.FLOAT32, (B, 4))
    indices = builder.input("i", DType.INT32, (B,))
    assert builder.op("GatherV2", x, indices, 1).shape == (B, B)
    assert builder.op("GatherNd", x, builder.op("ExpandDims", indices, -1)).shape == (B, 4)
    assert builder.op("ScatterNd", builder.op("ExpandDims", indices, -1), x, [10, 4]).shape == (10, 4)


@pytest.mark.parametrize(("op", "operands", "attrs", "reason"), [
    ("GatherV2", (floats(3), ints(0), 1), {}, "axis 1 does not exist in rank 1"),
    ("GatherV2", (floats(3), ints(0), 0), {"batch_dims": 1}, "batch_dims is 1, with axis 0 and 1 dims of indices"),
    ("GatherNd", (floats(3), ints([0, 1])), {}, r"indices \[1, 2\] do not fit a tensor with 1 dims"),
    ("ScatterNd", (ints([0]), floats(2), [3]), {}, "sizes 1, 2 differ"),
    ("ScatterNd", (ints([0]), floats(1, 1), [3]), {}, r"updates \[1, 1\] do not fit indices \[1, 1\] of \[3\]"),
    ("TensorScatterUpdate", (floats(3), ints([0]), ints(1)), {}, "the updates are int32, the tensor is float32"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(op: str, operands: Any, attrs: Any, reason: str) -> None:
    with pytest.raises(OpError, match=reason):
        Builder().op(op, *operands, **attrs)
