"""Architectures of keras.applications through real TensorFlow.js; benchmarks/keras_applications.py has all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.graph.ops.harness import run
from tests.sources.keras.networks import network, predicted
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.sources.keras import load

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


@pytest.mark.parametrize(
    ("name", "options"),
    [("MobileNetV2", {"alpha": 0.35}), ("EfficientNetB0", {}), ("ConvNeXtTiny", {"include_top": False})],
)
def test_an_architecture_computes_in_tensorflow_js_what_keras_computes(
    engine: Any, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    model, images = network(name, 32, **options)
    model.save(tmp_path / "model.keras")
    source = load(tmp_path / "model.keras")
    (fed,), expected = source.inputs, predicted(model, images)
    (result,) = run(engine, distinct(optimize(source.graph())), {fed: images}, "wasm").values()
    # Ten times the error that is allowed: else equal outputs would prove little.
    assert np.ptp(expected, axis=0).max() > 1e-3 * np.abs(expected).max(), "the images make no difference"
    assert np.abs(result - expected).max() <= 1e-4 * np.abs(expected).max()
