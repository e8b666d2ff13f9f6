"""Holds a recipe against float64 over dense sweeps, in units of the last place of float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.graph.ops.harness import run
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.encode import distinct
from totfjs.graph.types import DType

f32 = np.float32
TINY = float(np.finfo(f32).tiny)


def sweep(low: float, high: float, count: int = 4000) -> np.ndarray:
    """Numbers of every magnitude between two bounds, and evenly spaced ones."""
    bits = np.linspace(0, int(f32(np.inf).view(np.uint32)), count).astype(np.uint32).view(f32)
    magnitudes = bits[(bits == 0) | (bits >= TINY)]
    middle = np.linspace(max(low, -50.0), min(high, 50.0), count).astype(f32)
    values = np.concatenate([magnitudes, -magnitudes, middle])
    return np.unique(values[(values >= low) & (values <= high)])


def computed(engine: Any, function: Callable[..., Tensor], backend: str, *operands: np.ndarray) -> np.ndarray:
    """What real TensorFlow.js makes of a recipe."""
    builder = Builder()
    inputs = [builder.input(f"x{k}", DType.FLOAT32, operand.shape) for k, operand in enumerate(operands)]
    graph = distinct(builder.build({"y": function(*inputs)}))
    return run(engine, graph, {f"x{k}": operand for k, operand in enumerate(operands)}, backend)["y"]


def ulps(actual: np.ndarray, truth: Any) -> np.ndarray:
    """Errors in units of the last place; numbers below the normal ones count as 0."""
    with np.errstate(all="ignore"):
        truth = np.asarray(truth, np.float64)
        rounded = truth.astype(f32)
        same = (actual == rounded) | (np.isnan(actual) & np.isnan(truth)) | (np.maximum(abs(actual), abs(truth)) < TINY)
        error = abs(actual.astype(np.float64) - truth) / np.spacing(np.maximum(abs(rounded), f32(TINY)))
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))


def assert_accurate(
    engine: Any,
    function: Callable[..., Tensor],
    truth: Callable[..., Any],
    backend: str,
    *operands: np.ndarray,
    most: float,
) -> None:
    """No error is larger than `most` units in the last place."""
    with np.errstate(all="ignore"):
        expected = truth(*(operand.astype(np.float64) for operand in operands))
    error = ulps(computed(engine, function, backend, *operands), expected)
    worst = int(error.argmax())
    assert error[worst] <= most, f"{error[worst]:.3g} ulp at {[float(operand[worst]) for operand in operands]}"
