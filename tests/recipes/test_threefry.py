from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import run
from totfjs.graph.builder import Builder
from totfjs.graph.encode import distinct
from totfjs.graph.types import DType
from totfjs.recipes.threefry import threefry

# The known answers of the authors, for 20 rounds: key, counter, result.
ANSWERS = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


def words(values: object) -> np.ndarray:
    return np.array(values, np.uint32).view(np.int32)


@pytest.mark.parametrize("backend", ("cpu", "wasm"))
def test_known_answers(engine: object, backend: str) -> None:
    key, count, result = (words(column).T for column in zip(*ANSWERS, strict=True))
    builder = Builder()
    inputs = [builder.input(name, DType.INT32, (3,)) for name in ("k0", "k1", "c0", "c1")]
    found = threefry((inputs[0], inputs[1]), (inputs[2], inputs[3]), (3,))
    graph = distinct(builder.build(dict(zip(("y0", "y1"), found, strict=True))))
    fed = dict(zip(("k0", "k1", "c0", "c1"), (*key.copy(), *count.copy()), strict=True))
    actual = run(engine, graph, fed, backend)
    assert [list(value) for value in actual.values()] == [list(value) for value in result]
