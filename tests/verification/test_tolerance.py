from __future__ import annotations

import pytest

from totfjs.errors import UsageError
from totfjs.verification.tolerance import FLOAT32, HALF, tolerance_of


def test_float32_is_the_default_and_halves_of_the_source_loosen_it() -> None:
    assert tolerance_of(0, None).of("y", {}) == FLOAT32
    assert tolerance_of(8e-2, None).of("y", {"float32": True}) == 8e-2


def test_textures_of_16_bit_floats_loosen_it_on_that_backend() -> None:
    allowed = tolerance_of(0, None)
    assert allowed.of("y", {"float32": False}) == HALF
    assert allowed.nominal == FLOAT32


def test_what_the_user_says_holds_everywhere() -> None:
    assert tolerance_of(8e-2, 1e-6).of("y", {"float32": False}) == 1e-6
    assert tolerance_of(0, 0.0).of("y", {}) == 0


def test_outputs_may_have_their_own() -> None:
    allowed = tolerance_of(0, {"logits": 1e-2})
    assert (allowed.of("logits", {}), allowed.of("other", {})) == (1e-2, FLOAT32)
    assert tolerance_of(0, {"logits": 1e-2, "*": 1e-3}).of("other", {}) == 1e-3


@pytest.mark.parametrize("asked", [-1e-4, float("nan"), {"y": -1.0}])
def test_no_tolerance_is_negative(asked: float) -> None:
    with pytest.raises(UsageError, match="is negative or no number"):
        tolerance_of(0, asked)
