from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, c64 = np.float32, np.complex64
RANDOM = np.random.default_rng(11)


def real(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(f32)


def complex_(*shape: int) -> np.ndarray:
    return (real(*shape) + 1j * real(*shape)).astype(c64)


def length(size: int) -> np.ndarray:
    return np.array([size], np.int32)


SHAPES = [(8,), (7,), (1,), (2, 6), (3, 1, 5), (2, 1, 2, 1, 2, 4), (2, 0)]
CASES = [
    *(case(op, complex_(*shape)) for op in ("FFT", "IFFT") for shape in SHAPES),
    *(case("RFFT", real(*shape), length(size)) for shape in SHAPES[:-1] for size in (shape[-1], shape[-1] + 1)),
    *(
        case("IRFFT", complex_(*shape), length(size))
        for shape in [(2, 5), (3, 2, 4), (1, 2), (2, 3), (5,), (2, 1, 1, 3)]
        for size in (2 * (shape[-1] - 1), 2 * shape[-1] - 1)
    ),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
