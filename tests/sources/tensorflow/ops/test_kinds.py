"""What the user is told of numbers that TensorFlow.js does not have."""

from __future__ import annotations

import pytest

from tests.sources.tensorflow.fixture import fixtures


@pytest.mark.parametrize(
    ("row", "notes"),
    [
        ("arithmetic: Pow half", [
            "float16 is computed in float32: intermediate results are rounded less than in TensorFlow."
        ]),
        ("arithmetic: AddV2 float64", ["float64 is computed in float32."]),
        ("elementwise: complex128", ["complex128 is computed in complex64."]),
        ("arithmetic: AddV2 int32", []),
        ("random: RandomUniformInt", [
            "Random numbers are drawn by TensorFlow.js: others than TensorFlow's, and others at each run, seeds or not."
        ]),
    ],
)  # fmt: skip
def test_numbers_that_are_computed_in_others_are_told_once(row: str, notes: list[str]) -> None:
    model = next(fixture for fixture in fixtures() if str(fixture) == row).model()
    model.graph()
    assert [note for note in model.notes if "computed in" in note or "Random" in note] == notes
