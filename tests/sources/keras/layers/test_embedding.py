"""Indices that a table does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.graph.ops.harness import run
from totfjs.errors import EngineError
from totfjs.passes import optimize
from totfjs.sources.keras import load


@pytest.mark.parametrize("index", [-1, 9])
@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_an_index_outside_of_the_table_stops_the_model_and_a_note_says_so(
    engine: Any, backend: str, index: int, tmp_path: Path
) -> None:
    words = keras.Input((2,), dtype="int32")
    keras.Model(words, keras.layers.Embedding(9, 4)(words)).save(tmp_path / "model.keras")
    model = load(tmp_path / "model.keras")
    graph = optimize(model.graph())
    assert any("takes 0 to 8: another index stops the model on cpu and wasm" in note for note in model.notes)
    with pytest.raises(EngineError, match=rf"index value {index} is not in \[0, 8\]"):
        run(engine, graph, dict.fromkeys(model.inputs, np.int32([[0, index]])), backend)
