"""Weights in memory are read like those in files."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.errors import WeightFileError
from totfjs.weights.buffers import Buffers
from totfjs.weights.read import read_span

LINES = [
    {"name": "a", "shape": [3], "dtype": "int32"},
    {"name": "words", "shape": [2], "dtype": "string"},
    {"name": "b", "shape": [2], "dtype": "float32"},
]
DATA = np.asarray([1, 2, 3], "<i4").tobytes() + b"\x01\0\0\0x\0\0\0\0" + np.asarray([0.5, -1], "<f4").tobytes()


@pytest.mark.parametrize("cuts", [[], [0], [5], [5, 5], [2, 13, 28], [len(DATA)]])
def test_values_may_straddle_buffers(cuts: list[int]) -> None:
    parts = [DATA[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(DATA)], strict=True)]
    found = {name: entry.values.numpy().tolist() for name, entry in read_span(Buffers.holding(parts), LINES).items()}
    assert found == {"a": [1, 2, 3], "words": ["x", ""], "b": [0.5, -1]}


@pytest.mark.parametrize("data", [DATA[:-1], DATA + b"\0", b""])
def test_another_size_than_declared_is_refused(data: bytes) -> None:
    with pytest.raises(WeightFileError):
        read_span(Buffers.holding([data]), LINES)
