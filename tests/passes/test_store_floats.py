from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, run
from tests.passes.harness import ops
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.graph import Graph
from totfjs.graph.interpret import interpret
from totfjs.graph.types import DType
from totfjs.passes.store_floats import store_floats

PIXELS = np.random.default_rng(5).integers(0, 256, (2, 3, 4, 3)).astype(np.int32)


def of_pixels(*readers: str) -> Graph:
    """Integers become floats, whose axes are moved, reduced or left where they are."""
    builder = Builder()
    number = builder.op("Cast", builder.input("x", DType.INT32, PIXELS.shape), DstT=DType.FLOAT32)
    flat = builder.op("Reshape", number, (2, 12, 3))
    outputs: dict[str, Callable[[], Tensor]] = {
        "transpose": lambda: builder.op("Transpose", number, (0, 3, 1, 2)),
        "mean": lambda: builder.op("Mean", flat, [1]),
        "relu": lambda: builder.op("Relu", flat),
    }
    return builder.build({name: outputs[name]() for name in readers})


@pytest.mark.parametrize("backend", EVERYWHERE)
def test_pixels_are_transposed_as_floats(on_the_gpu: object, backend: str) -> None:
    graph = of_pixels("transpose", "mean")
    after = store_floats(graph)
    assert ops(after) == {"AddV2": 1, "Cast": 1, "Mean": 1, "Reshape": 1, "Transpose": 1}
    expected, found = interpret(graph, {"x": PIXELS}), run(on_the_gpu, distinct(after), {"x": PIXELS}, backend)
    for name in graph.outputs:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)


def test_what_nothing_transposes_stays_as_it_is() -> None:
    graph = of_pixels("relu")
    assert store_floats(graph) is graph
