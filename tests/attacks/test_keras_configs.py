"""Keras models whose configuration asks for more than layers: refused by name, nothing looked up, nothing run."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

import totfjs
from tests.attacks.keras_configs import CONFIGS, HARMLESS, MADE, Config, write, write_archive

WRITE = {".h5": write, ".keras": write_archive}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, beside which lies a file that nobody has read."""
    (tmp_path / "canary.h5").write_text("secret")
    os.utime(tmp_path / "canary.h5", (0, 1_000_000_000))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def convert(config: Config, suffix: str, to: str) -> None:
    WRITE[suffix](Path(f"model{suffix}"), config)
    totfjs.convert(f"model{suffix}", "out", to=to, verify="off")


@pytest.mark.parametrize("to", ["graph", "layers"])
@pytest.mark.parametrize("suffix", WRITE)
@pytest.mark.parametrize("name", CONFIGS)
def test_is_refused(here: Path, name: str, suffix: str, to: str) -> None:
    config, text = CONFIGS[name]
    tracemalloc.start()
    try:
        with pytest.raises(totfjs.TotfjsError, match=text) as raised:
            convert(config, suffix, to)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
    assert raised.value.remedy
    assert {path.name for path in here.iterdir()} == {"canary.h5", f"model{suffix}"}
    assert (here / "canary.h5").stat().st_atime == 0


@pytest.mark.parametrize("suffix", WRITE)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_inference_does_not_use_is_not_looked_up(here: Path, name: str, suffix: str) -> None:
    convert(HARMLESS[name], suffix, "graph")
    assert not (here / MADE).exists()
    assert (here / "out" / "model.json").exists()
