from __future__ import annotations

import json
import shutil

import pytest

from tests.demo.workplace import IMAGES, Workplace

Captured = pytest.CaptureFixture[str]


def test_a_web_model_is_held_against_the_checkpoint_that_it_names(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("convert") == 0
    capsys.readouterr()
    assert trained.app("verify", "tfjs_models/jax_mnist") == 0
    told = capsys.readouterr().out
    assert f"of {IMAGES} images of mnist rightly." in told
    assert "passed: none, all predictions are equal" in told
    row = next(line.split() for line in told.splitlines() if line.startswith("none"))
    assert (row[1], row[4], row[-1]) == ("wasm", "0", "ok")
    assert trained.app("verify", "--model-path", "tfjs_models/jax_mnist/model.json", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["images"], found["scores"][0]["different"]) == (True, IMAGES, 0)


def test_without_a_web_model_a_checkpoint_is_stored_in_each_way(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("verify", "--json") in (0, 3)
    found = json.loads(capsys.readouterr().out)
    assert [each["quantization"] for each in found] == ["none", "uint16", "float16", "uint8"]
    assert not (trained.directory / "tfjs_models").exists()


def test_other_weights_fail_with_their_own_status(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("convert", "--step", "1") == 0
    assert trained.app("verify", "tfjs_models/jax_mnist", "--checkpoint-path", "checkpoints/jax_mnist/2") == 3
    told = capsys.readouterr().out
    assert "FAILED: none, all predictions are equal" in told
    assert "differs by" in told


def test_a_source_that_is_gone_or_was_trained_anew_is_told(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("convert", "--step", "1") == 0
    folder = trained.directory / "checkpoints/jax_mnist"
    shutil.rmtree(folder / "1")
    assert trained.app("verify", "tfjs_models/jax_mnist") == 1
    assert "was made of checkpoints/jax_mnist/1, which is gone" in capsys.readouterr().err
    shutil.copytree(folder / "2", folder / "1")
    assert trained.app("verify", "tfjs_models/jax_mnist") == 1
    told = capsys.readouterr().err
    assert "other weights than checkpoints/jax_mnist/1 holds now" in told
    assert "app convert --model-type jax_mnist --quantization none" in told


@pytest.mark.parametrize(
    ("path", "error"), [("nowhere", "There is no nowhere."), ("checkpoints", "checkpoints is no web model")]
)
def test_what_is_no_web_model_is_refused(path: str, error: str, trained: Workplace, capsys: Captured) -> None:
    assert trained.app("verify", path) == 1
    told = capsys.readouterr().err
    assert error in told and "app convert" in told


def test_a_backend_that_there_is_not_is_refused(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("verify", "--backends", "webgl3") == 2
    assert "There is no backend 'webgl3'." in capsys.readouterr().err
