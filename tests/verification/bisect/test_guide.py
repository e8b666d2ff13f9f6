"""The example of the guide runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "bisect.md"


def test_the_example_names_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "models.py", "exec"), names)
    said = capsys.readouterr().out
    assert "True True" in said
    assert said.splitlines()[-1] == "True"
    assert "its inputs are swapped" in said
    assert "models.py:" in said
