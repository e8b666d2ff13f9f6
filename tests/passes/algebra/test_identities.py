from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.harness import DType, b, build, fires, stays
from totfjs.passes.algebra import simplify

X = (b, 2, 3)
NOTHING: dict[str, Any] = {
    "identity": lambda g, x: g.op("Identity", x),
    "stop gradient": lambda g, x: g.op("StopGradient", x),
    "cast to the same dtype": lambda g, x: g.op("Cast", x, DstT=DType.FLOAT32),
    "reshape to the same shape": lambda g, x: g.op("Reshape", x, [-1, 2, 3]),
    "broadcast to the same shape": lambda g, x: g.op("BroadcastTo", x, g.op("Shape", x)),
    "tile once": lambda g, x: g.op("Tile", x, [1, 1, 1]),
    "slice of everything": lambda g, x: g.op("Slice", x, [0, 0, 0], [-1, 2, 3]),
    "strided slice of everything": lambda g, x: g.op(
        "StridedSlice", x, [0, 0], [2, 2], [1, 1], begin_mask=1, end_mask=1
    ),
    "pad by nothing": lambda g, x: g.op("Pad", x, np.zeros((3, 2), np.int32)),
    "concat of one": lambda g, x: g.op("ConcatV2", x, 1),
    "x + 0": lambda g, x: x + 0.0,
    "0 + x": lambda g, x: 0.0 + x,
    "x - 0": lambda g, x: x - np.zeros((2, 3), np.float32),
    "x * 1": lambda g, x: x * np.ones((1, 1, 3), np.float32),
    "1 * x": lambda g, x: 1.0 * x,
    "x / 1": lambda g, x: x / 1.0,
    "x ** 1": lambda g, x: g.op("Pow", x, 1.0),
    "--x": lambda g, x: g.op("Neg", g.op("Neg", x)),
    "transpose that moves nothing": lambda g, x: g.op("Transpose", x, [0, 1, 2]),
    "transpose and back": lambda g, x: g.op("Transpose", g.op("Transpose", x, [2, 0, 1]), [1, 2, 0]),
    "reshape and back": lambda g, x: g.op("Reshape", g.op("Reshape", x, [-1, 6]), [-1, 2, 3]),
    "expand and squeeze": lambda g, x: g.op("Squeeze", g.op("ExpandDims", x, 1), squeeze_dims=(1,)),
}
SOMETHING: dict[str, Any] = {
    "cast to another dtype": lambda g, x: g.op("Cast", x, DstT=DType.INT32),
    "reshape": lambda g, x: g.op("Reshape", x, [-1, 3, 2]),
    "tile twice": lambda g, x: g.op("Tile", x, [1, 2, 1]),
    "slice of a part": lambda g, x: g.op("Slice", x, [0, 1, 0], [-1, 1, 3]),
    "strided slice backwards": lambda g, x: g.op("StridedSlice", x, [1], [-9], [-1]),
    "pad": lambda g, x: g.op("Pad", x, np.array([[0, 0], [1, 0], [0, 0]], np.int32)),
    "concat of two": lambda g, x: g.op("ConcatV2", x, x, 1),
    "0 - x": lambda g, x: 0.0 - x,
    "1 / x": lambda g, x: 1.0 / x,
    "1 ** x": lambda g, x: g.op("Pow", np.float32(1), x),
    "x + 1": lambda g, x: x + 1.0,
    "x + mostly zero": lambda g, x: x + np.array([0, 0, 1], np.float32),
    "zeros that broadcast": lambda g, x: x + np.zeros((2, 1, 2, 3), np.float32),
    "-x": lambda g, x: g.op("Neg", x),
    "transpose of a square": lambda g, x: g.op("Transpose", g.op("Slice", x, [0, 0, 0], [-1, 2, 2]), [0, 2, 1]),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_does_nothing_goes_away(engine: object, name: str) -> None:
    graph = build(lambda g, x: g.op("Abs", NOTHING[name](g, g.op("Sin", x))), X)
    fires(engine, simplify, graph, {"Abs": 1, "Sin": 1})


@pytest.mark.parametrize("name", SOMETHING)
def test_what_does_something_stays(name: str) -> None:
    stays(simplify, build(lambda g, x: SOMETHING[name](g, x), X))


def test_an_operand_that_is_fed_is_not_zero() -> None:
    stays(simplify, build(lambda g, x, y: x + y, X, ()))


def test_an_output_keeps_its_name_when_its_node_goes() -> None:
    after = simplify(build(lambda g, x: g.op("Identity", x), X))
    assert dict(after.outputs) == {"out0": after.inputs["x"]}


def test_a_copy_that_a_later_op_writes_into_stays() -> None:
    """The cpu backend scatters into its very operand."""
    indices, updates = np.array([[0]], np.int32), np.ones((1, 3), np.float32)

    def make(g: Any, x: Any) -> Any:
        return g.op("TensorScatterUpdate", x + 0.0, indices, updates), g.op("Abs", x)

    stays(simplify, build(make, (2, 3)))
