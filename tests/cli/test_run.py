"""`totfjs run`: on any backend, in the engine that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.verification.models import affine, write
from totfjs.cli import main
from totfjs.runtime.browsers.find import find_browser


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    np.savez(tmp_path / "in.npz", x=np.ones((1, 3), np.float32))
    directory = write(affine(), tmp_path / "web")
    return ["run", str(directory), "--inputs", str(tmp_path / "in.npz"), "--outputs", str(tmp_path / "out.npz")]


def test_an_engine_is_chosen_by_its_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--engine", "mini-racer", "--backend", "cpu", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backend"] == "cpu" and told["ran_on"]["engine"] == "mini-racer"
    assert told["ran_on"]["versions"]["tfjs-core"]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--engine", "rhino"], "error[USAGE]: There is no engine 'rhino'.\n  fix: Choose one of mini-racer, node,"),
        (["--engine", "mini-racer", "--backend", "webgl"], "The engine mini-racer has no backend 'webgl'."),
    ],
)
def test_an_engine_that_is_none_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str], flags: list[str], text: str
) -> None:
    assert main([*arguments, *flags]) == 2
    assert text in capsys.readouterr().err


def test_a_model_runs_on_a_gpu_and_it_is_said_on_which(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if find_browser() is None:
        pytest.skip("no browser is installed: `totfjs doctor --install-browser` fetches one")
    assert main([*arguments, "--backend", "webgl"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("y: float32")
    assert second.startswith(("webgl ran in software: ", "webgl ran on a GPU: "))
    with np.load(tmp_path / "out.npz") as found:
        assert found["y"].shape == (1, 3)
