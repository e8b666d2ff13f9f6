"""The Python of the guides runs as it is written."""

import re
from pathlib import Path

import pytest

from tests.sources.tensorflow.reading.models import unpacked

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    "page",
    [
        "guide-jax.md",
        "guide-keras.md",
        "guide-tensorflow.md",
        "verify.md",
        "report.md",
        "browsers.md",
        "serve.md",
        "loader.md",
    ],
)
def test_every_block_of_a_guide_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    unpacked("keras3", tmp_path / "unpacked").rename(tmp_path / "saved_model")
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    assert "True" in capsys.readouterr().out
