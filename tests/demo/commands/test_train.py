from __future__ import annotations

import json

import pytest

from tests.demo.workplace import Workplace

Captured = pytest.CaptureFixture[str]
WORDS = ("train", "jax", "--batch-size", "16")


def test_a_training_is_told_while_it_goes_on_and_goes_on_where_it_was(trained: Workplace, capsys: Captured) -> None:
    assert trained.app(*WORDS, "--epochs", "3", "--json") == 0
    told = capsys.readouterr()
    assert "jax_mnist: 96 images, 3 epochs, going on after epoch 2, on " in told.err
    assert "epoch 3/3  loss " in told.err and " of 96 test images" in told.err
    assert "checkpoint: checkpoints/jax_mnist/3   beside it: curves.svg, confusion.svg, metrics.jsonl" in told.err
    assert "next: app convert --model-type jax_mnist" in told.err
    found = json.loads(told.out)
    assert (found["resumed_from"], [each["epoch"] for each in found["epochs"]]) == (2, [1, 2, 3])
    assert found["settings"]["batch_size"] == 16


def test_what_is_trained_already_stays_though_it_is_longer_than_asked_for(trained: Workplace, capsys: Captured) -> None:
    assert trained.app(*WORDS, "--epochs", "1") == 0
    told = capsys.readouterr().out
    assert "jax_mnist: trained for 2 epochs already; --fresh begins anew" in told
    assert "after epoch 2" in told


def test_another_training_makes_way_and_is_kept(trained: Workplace, capsys: Captured) -> None:
    for number, rate in enumerate(("0.002", "0.003"), start=1):
        assert trained.app(*WORDS, "--epochs", "1", "--lr", rate) == 0
        told = capsys.readouterr().out
        assert "The checkpoints in checkpoints/jax_mnist were made with --lr 0.00" in told
        assert f"they are now in checkpoints/jax_mnist.{number}, and training begins anew" in told
    assert trained.app("check", "--json") == 0
    found = [(each["model"], each["step"]) for each in json.loads(capsys.readouterr().out)]
    assert found == [("jax_mnist", 1), ("jax_mnist.1", 1), ("jax_mnist.1", 2), ("jax_mnist.2", 1)]


def test_fresh_begins_anew(trained: Workplace, capsys: Captured) -> None:
    assert trained.app(*WORDS, "--epochs", "1", "--fresh", "--json") == 0
    assert json.loads(capsys.readouterr().out)["resumed_from"] == 0
    assert [path.name for path in (trained.directory / "checkpoints").iterdir()] == ["jax_mnist"]


def test_all_models_stand_beside_each_other(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("train-all", "--model", "jax", "--epochs", "2", "--batch-size", "16") == 0
    head, row, *_ = capsys.readouterr().out.splitlines()[-4:]
    assert head.split() == ["model", "epochs", "accuracy", "best", "loss", "images/s", "checkpoint"]
    assert row.split()[:2] == ["jax_mnist", "2"] and row.endswith("checkpoints/jax_mnist/2")
