"""What was measured of a web model stays with that model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jax_to_tfjs_demo.verification import Comparison, Measured, Score, Sizes, note, noted
from totfjs import Verification


def comparison(directory: Path, accuracy: float) -> Comparison:
    """A comparison that found so much of 40 images right."""
    scores = (Score("wasm", accuracy, 0, 1e-6, 2.0), Score("cpu", 0.1, 36, 1.0, 9.0))
    nothing = Verification.skipped("nothing was compared")
    return Comparison(str(directory), "none", "few", 40, accuracy, scores, Sizes(3, 2, 1), 0.1, (), {}, nothing)


@pytest.fixture
def web(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/model.json").write_text(json.dumps({"format": "graph-model"}))
    return tmp_path / "web"


def test_the_first_backend_is_noted_beside_the_model(web: Path) -> None:
    assert noted(web) is None
    note(comparison(web, 0.975))
    assert noted(web) == Measured(0.975, 40, "few", "wasm")
    assert [path.name for path in web.iterdir()] == ["model.json"]


def test_another_model_in_the_same_place_was_not_measured(web: Path) -> None:
    note(comparison(web, 0.975))
    (web / "model.json").write_text(json.dumps({"format": "graph-model", "weightsManifest": []}))
    assert noted(web) is None


def test_nothing_is_noted_of_a_model_that_ran_nowhere(web: Path) -> None:
    note(replace(comparison(web, 0.0), scores=()))
    assert noted(web) is None
    assert [path.name for path in web.parent.iterdir()] == ["web"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"of": "0"}', "not JSON"])
def test_a_note_that_is_none_is_no_note(web: Path, text: str) -> None:
    (web.parent / "web.measured.json").write_text(text)
    assert noted(web) is None
