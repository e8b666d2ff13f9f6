"""What tf-keras and older versions of Keras wrote, through tfjs-layers: exact, or refused with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fixtures.tf_keras import having, unpack, values
from tests.graph.ops.harness import assert_close
from tests.sources.keras.browser.loaded import session
from tests.sources.keras.test_fixtures import REFUSED
from totfjs.errors import UnsupportedError
from totfjs.sources.keras import load
from totfjs.sources.keras.browser import layers_model, obstacles

NAMES = [name for name in having("model.h5") if name not in REFUSED]
# How many of them tfjs-layers takes: fewer would be a loss that nobody noticed.
TAKEN = 225


def described(name: str, path: Path) -> Any:
    return load(unpack(name, "model.h5", path))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_exact_in_tfjs_layers_or_refused(engine: Any, name: str, tmp_path: Path) -> None:
    source = described(name, tmp_path)
    if obstacles(source.model):
        with pytest.raises(UnsupportedError, match="--to graph"):
            layers_model(source.model)
        return
    made = layers_model(source.model, source.saved.training, source.saved.optimizer)
    inputs, expected = values(name)
    for backend in ("cpu", "wasm"):
        with session(engine, made, tmp_path / "web", backend) as loaded:
            kinds = [np.dtype(port.dtype) for port in loaded.inputs]
            given = [array.astype(kind) for array, kind in zip(inputs.values(), kinds, strict=True)]
            found = loaded.execute(dict(zip((port.name for port in loaded.inputs), given, strict=True)))
        for actual, wanted in zip(found.values(), expected, strict=True):
            assert_close(actual, wanted.astype(actual.dtype), 1e-5, accumulates=True)


def test_most_of_them_are_taken(tmp_path: Path) -> None:
    assert sum(not obstacles(described(name, tmp_path).model) for name in NAMES) >= TAKEN
