"""Commands that read checkpoints: check, examine, prepare, and which checkpoint is meant."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.demo.workplace import Workplace

Captured = pytest.CaptureFixture[str]


def test_checkpoints_are_listed_with_what_to_type_next(trained: Workplace, capsys: Captured) -> None:
    torn = trained.directory / "checkpoints/jax_mnist/3"
    shutil.copytree(torn.with_name("2"), torn)
    (torn / "_CHECKPOINT_METADATA").unlink()
    assert trained.app("check") == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "step", "date", "accuracy", "loss", "size", "state", "path"]
    assert ["complete" in row for row in rows[:3]] == [True, True, False]
    assert "torn" in rows[2]
    assert sum("best" in row for row in rows[:3]) == 1
    assert rows[-1].split("  ")[-2].strip() == "app convert --checkpoint-path checkpoints/jax_mnist/2"


def test_checkpoints_are_listed_for_programs(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("check", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["model"], each["step"], each["state"]) for each in found] == [
        ("jax_mnist", 1, "complete"),
        ("jax_mnist", 2, "complete"),
    ]
    assert trained.app("check", "--model-type", "flax_mnist") == 0
    assert "There is no checkpoint of flax_mnist in checkpoints yet." in capsys.readouterr().out


def test_that_there_is_none_is_no_error(workplace: Workplace, capsys: Captured) -> None:
    assert workplace.app("check") == 0
    assert "next: app train jax" in capsys.readouterr().out


def test_a_checkpoint_is_examined(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("examine", "--model-type", "jax_mnist", "--step", "1", "--files") == 0
    told = capsys.readouterr().out
    assert "jax_mnist: checkpoints/jax_mnist/1 (epoch 1, accuracy " in told
    assert "parameters: 421,642 numbers, 1.6 MiB (model/)" in told
    assert "dense_1/kernel  float32  3136 × 128       401,408  whole on 1 device\n" in told
    assert "settings  " in told and "batch_size 16" in told
    assert "model/_METADATA" in told
    assert trained.app("examine", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["step"], found["items"]["model"]["numbers"]) == (2, 421_642)


def test_folders_are_made_once(workplace: Workplace, capsys: Captured) -> None:
    assert workplace.app("prepare") == 0
    assert "checkpoints/flax_mnist/  made" in capsys.readouterr().out
    assert workplace.app("prepare", "--json") == 0
    assert {each["made"] for each in json.loads(capsys.readouterr().out)} == {False}
    assert sorted(path.name for path in (workplace.directory / "checkpoints").iterdir()) == [
        "flax_mnist", "jax_mnist", "keras_mnist", "nnx_mnist",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "error", "fix"),
    [
        (["--checkpoint-path", "checkpoints/jax_mnist/7"], 1, "There is no checkpoint checkpoints/jax_mnist/7.",
         "Name one of checkpoints/jax_mnist/1, checkpoints/jax_mnist/2."),
        (["--model-type", "flax"], 1, "There is no checkpoint checkpoints/flax_mnist.", "checkpoints/jax_mnist/1"),
        (["--step", "9"], 1, "No model in checkpoints has a step 9.", "There are checkpoints/jax_mnist/1"),
        (["--model-type", "flax", "--checkpoint-path", "checkpoints/jax_mnist/1"], 1,
         "checkpoints/jax_mnist/1 is a checkpoint of jax_mnist, not of flax_mnist.", "Give --model-type jax_mnist"),
        (["--checkpoint-path", "checkpoints/jax_mnist/1", "--step", "2"], 2,
         "--checkpoint-path checkpoints/jax_mnist/1 is not step 2.", "Leave one of the two out."),
        (["--checkpoints", "nowhere"], 1, "There is no checkpoint in nowhere yet.", "app train jax"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_is_not_there_is_answered_with_those_that_are(
    words: list[str], status: int, error: str, fix: str, trained: Workplace, capsys: Captured
) -> None:
    assert trained.app("examine", *words) == status
    told = capsys.readouterr().err
    assert f"error: {error}" in told
    assert fix in told
