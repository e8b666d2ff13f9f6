"""Holds an op against real TensorFlow.js element by element: each result is the meaning, or recorded as different."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.graph.ops.harness import Case, assert_close, build, call_of, run
from totfjs.graph.interpret import interpret
from totfjs.graph.ops import spec
from totfjs.graph.ops.spec import Difference

f32, i32, c64 = np.float32, np.int32, np.complex64
RANDOM = np.random.default_rng(0)
NEGATIVE_NAN = np.array([0xFFC00000], np.uint32).view(f32)[0]
# Their number is a multiple of four, which the shaders of webgpu take in another way than any other number.
ODD = np.array(
    [
        *(0, -0.0, 1e-40, -1e-9, 6e-8, -3e-8, 0.3, -0.5, 0.5, 1, -1, 1.5, 2.5, -2.5, 3, -7, 88.9, -104, 1e10, -1e13),
        *(3e38, -3e38, np.inf, -np.inf, np.nan, NEGATIVE_NAN, 100, -30),
    ],
    f32,
)
EXTREME = np.array(
    [0, 1, -1, 2, -2, 3, -3, 7, -100, 46341, 65536, -65537, 2**24 + 1, -(2**30) - 1, 2**31 - 1, -(2**31), 1 - 2**31],
    i32,
)
# Operands that broadcast; the last pair has more dims than some backends can index.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((), ()),
    ((), (3,)),
    ((5,), ()),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1, 4), (3, 1)),
    ((0, 3), (1, 3)),
    ((2, 0), ()),
    ((1, 2, 1, 2, 1, 2), (2, 1, 2, 1, 2, 1)),
    ((2, 1, 2, 1, 2, 1, 2), (2, 1, 1, 2)),
]


def values(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Numbers other than 0."""
    if dtype is i32:
        return RANDOM.integers(1, 9, shape).astype(i32)
    if dtype is c64:
        return (RANDOM.normal(size=shape) + 1j * RANDOM.normal(size=shape)).astype(c64)
    return RANDOM.uniform(0.5, 4, shape).astype(f32)


def check_elements(engine: Any, row: Case, backend: str) -> None:
    """Compares each element of the result of an elementwise op, whose operands broadcast."""
    found, graph = spec(row.op), build(row)
    if any(limit.effect == "undefined" for limit in found.violations(call_of(row), (backend,))):  # type: ignore[arg-type]
        return
    inputs = {name: row.operands[int(name[1:])] for name in graph.inputs}
    expected, actual = (
        np.asarray(found["y0"]) for found in (interpret(graph, inputs), run(engine, graph, inputs, backend))
    )
    spread = np.broadcast_arrays(*row.operands)
    for index in np.ndindex(expected.shape):
        operands = tuple(np.asarray(operand[index]) for operand in spread)
        recorded = _recorded(Case(row.op, operands, row.attrs), backend)
        right = _right(actual[index], expected[index], *found.error(backend))
        values = ", ".join(map(str, operands))
        assert any(not item.certain for item in recorded) or right is not bool(recorded), (
            f"{row.op}({values}) is {expected[index]}, {backend} gives {actual[index]}, recorded: {recorded}"
        )


def _recorded(single: Case, backend: str) -> list[Difference]:
    call = call_of(single)
    return [item for item in spec(single.op).differences if backend in item.backends and item.when(call)]


def _right(actual: Any, expected: Any, tolerance: float, absolute: float) -> bool:
    try:
        assert_close(np.asarray(actual), np.asarray(expected), tolerance, absolute=absolute)
    except AssertionError:
        return False
    return True
