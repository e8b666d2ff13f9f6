"""Weights that Keras cut into several files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading import Nested, read_saved

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning", "ignore:::keras")


@pytest.fixture
def cut(trained: Any, tmp_path: Path) -> Path:
    path = tmp_path / "model.weights.json"
    trained.save_weights(path, max_shard_size=1e-6)
    assert len(list(tmp_path.glob("*.h5"))) > 1
    return path


def test_all_files_are_read(trained: Any, cut: Path) -> None:
    saved = read_saved(cut)
    assert isinstance(saved.weights, Nested)
    whole = cut.with_name("whole.weights.h5")
    trained.save_weights(whole)
    expected = read_saved(whole)
    assert isinstance(expected.weights, Nested)
    assert saved.weights.paths.keys() == expected.weights.paths.keys()
    for name, array in expected.weights.paths.items():
        np.testing.assert_array_equal(saved.weights.paths[name].numpy(), array.numpy())
    assert len(saved.optimizer) == len(expected.optimizer)


def test_a_variable_that_is_in_no_file_is_told(cut: Path) -> None:
    listed = json.loads(cut.read_text())
    listed["weight_map"]["/layers/other/vars"] = next(iter(listed["weight_map"].values()))
    cut.write_text(json.dumps(listed))
    with pytest.raises(KerasFileError, match="'/layers/other/vars' is in none of its files"):
        read_saved(cut)


def test_a_variable_that_is_in_two_files_is_told(cut: Path) -> None:
    first = min(cut.parent.glob("*.h5"))
    first.with_name("copy.weights.h5").write_bytes(first.read_bytes())
    listed = json.loads(cut.read_text())
    listed["weight_map"]["/vars"] = "copy.weights.h5"
    cut.write_text(json.dumps(listed))
    with pytest.raises(KerasFileError, match="is in two of its files"):
        read_saved(cut)
