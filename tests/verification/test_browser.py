"""Proofs in a real browser: what convert is asked to, and all that verify can do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import totfjs
from totfjs.runtime.browsers.find import find_browser
from totfjs.verification import verify

pytestmark = pytest.mark.skipif(
    find_browser() is None, reason="no browser is installed: `totfjs doctor --install-browser` fetches one"
)


def doubled(x):
    return {"y": x * 2}


def test_convert_proves_on_the_backends_of_a_browser_when_asked(tmp_path: Path) -> None:
    result = totfjs.convert(doubled, tmp_path / "web", inputs={"x": ("b", 3)}, verify="cpu,webgl")
    assert result.verification.passed
    assert result.verification.backends == ("cpu", "webgl")
    assert list(result.verification.not_run) == ["webgpu"]
    assert "software" in result.verification.environment["webgl"]


def test_labels_are_counted_in_a_browser_too(tmp_path: Path) -> None:
    totfjs.convert(doubled, tmp_path / "web", inputs={"x": ("b", 3)}, verify="off")
    x = np.eye(3, dtype=np.float32)
    found = verify(tmp_path / "web", doubled, labelled=(x, np.arange(3)), batch_size=2, backends="webgl")
    assert found.passed
    assert found.accuracy is not None
    assert found.accuracy.share == {"source": 1.0, "webgl": 1.0}
