"""TensorFlow.js for the tests of single ops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from totfjs.runtime import open_engine

# What is small, and not yet on the GPU, would else be computed by the kernels of the cpu backend.
ON_THE_GPU = {"WEBGL_CPU_FORWARD": False, "WEBGPU_CPU_FORWARD": False}


@pytest.fixture(scope="session")
def engine() -> Iterator[object]:
    with open_engine(flags=ON_THE_GPU) as opened:
        yield opened


@pytest.fixture(scope="session")
def stock() -> Iterator[object]:
    """With the flags as they come: what the runtime reads at once, such as a counter, is not on the GPU then."""
    with open_engine() as opened:
        yield opened
