"""What every test shares: one real TensorFlow.js for the whole run, and one whose GPUs compute everything."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from totfjs.runtime import Engine, open_engine

# Keras chooses its backend when it is imported.
os.environ["KERAS_BACKEND"] = "jax"
# What is small, and not yet on the GPU, would else be computed by the kernels of the cpu backend.
ON_THE_GPU = {"WEBGL_CPU_FORWARD": False, "WEBGPU_CPU_FORWARD": False}


@pytest.fixture(scope="session")
def stock() -> Iterator[Engine]:
    """With the flags as they come: what the runtime reads at once, such as a counter, is not on a GPU then."""
    with open_engine() as opened:
        yield opened


@pytest.fixture(scope="session")
def on_the_gpu() -> Iterator[Engine]:
    with open_engine(flags=ON_THE_GPU) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine(stock: Engine) -> Engine:
    return stock
