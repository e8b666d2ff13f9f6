from __future__ import annotations

import numpy as np
import pytest

from tests.graph.ops.harness import EVERYWHERE, Case, case, check

f32, i32 = np.float32, np.int32


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(f32)


X = noise(2, 4, 6, 3)
IDENTITY, SHIFT = [1, 0, 0, 0, 1, 0, 0, 0], [1, 0, -2, 0, 1, 1, 0, 0]
TURN, HALVES, VIEW = (
    [0, 1, 0.25, 1, 0, -3, 0, 0],
    [0.5, 0, -2.25, 0, 0.5, -2.75, 0, 0],
    [1, 0.25, 0, 0, 1, 0.5, 0.125, -0.25],
)


def warp(
    x: np.ndarray, *transforms: list[float], size: tuple[int, int] = (5, 7), fill: float = 0, **attrs: str
) -> Case:
    matrix, shape = np.array(transforms, f32), np.array(size, i32)
    return case("ImageProjectiveTransformV3", x, matrix, shape, np.array(fill, f32), label=str(transforms), **attrs)


CASES = [
    *(
        warp(X[:1], transform, fill=fill, interpolation=interpolation, fill_mode=mode)
        for interpolation in ("NEAREST", "BILINEAR")
        for mode in ("CONSTANT", "REFLECT", "WRAP", "NEAREST")
        for transform, fill in ((IDENTITY, 0), (SHIFT, 1.5), (TURN, 0), (HALVES, -1), (VIEW, 2))
    ),
    warp(X, TURN, interpolation="BILINEAR"),
    warp(X, TURN, SHIFT, interpolation="NEAREST"),
    warp(X[:1], [1, 0, -0.5, 0, 1, 0, 0, 0], interpolation="NEAREST", fill=9),
    warp(noise(1, 1, 1, 2), SHIFT, interpolation="NEAREST", fill_mode="WRAP"),
    warp(noise(1, 1, 1, 2), SHIFT, interpolation="BILINEAR", fill_mode="REFLECT"),
]


@pytest.mark.parametrize("backend", EVERYWHERE)
@pytest.mark.parametrize("row", CASES, ids=str)
def test_the_meaning_is_what_tensorflow_js_computes(engine: object, row: Case, backend: str) -> None:
    check(engine, row, backend)
