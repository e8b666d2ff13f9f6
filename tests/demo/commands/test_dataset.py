from __future__ import annotations

import argparse

import pytest

from jax_to_tfjs_demo.commands.dataset import loaded, speaker
from jax_to_tfjs_demo.errors import UsageError

ARGUMENTS = argparse.Namespace(data_dir=None)


def test_a_limit_cuts_the_data_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_LIMIT", "20")
    said: list[str] = []
    dataset = loaded("digits", ARGUMENTS, said.append)
    assert [len(dataset.train_images), len(dataset.train_labels), len(dataset.test_images)] == [20, 20, 20]
    assert "only 20 images for training and 20 for scoring" in said[-1]


@pytest.mark.parametrize("limit", ["many", "0", "-3"])
def test_a_limit_that_is_none_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_LIMIT", limit)
    with pytest.raises(UsageError, match="no number of images"):
        loaded("digits", ARGUMENTS, lambda line: None)


def test_beside_json_people_are_told_on_the_other_stream(capsys: pytest.CaptureFixture[str]) -> None:
    speaker(argparse.Namespace(json=True))("to people")
    speaker(argparse.Namespace())("to all")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("to all\n", "to people\n")
