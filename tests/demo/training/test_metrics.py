"""metrics.jsonl: read as it was written, cut where a training goes on, refused when something else is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jax_to_tfjs_demo.errors import DemoError
from jax_to_tfjs_demo.training import metrics
from jax_to_tfjs_demo.training.compressed import Compressed
from jax_to_tfjs_demo.training.metrics import FILE, EpochScore


def score(epoch: int, weights: Compressed | None = None) -> EpochScore:
    return EpochScore(epoch, 0.5, 0.75, 0.6, 0.7, 1.5, 64.0, ((3, 1), (1, 3)), weights)


def test_reads_what_it_wrote(tmp_path: Path) -> None:
    written = (score(1), score(2, Compressed(0.5, 100, 50, 40)))
    for each in written:
        metrics.add(tmp_path / "new", each)
    assert metrics.read(tmp_path / "new") == written
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]


def test_has_a_line_of_plain_json_for_each_epoch(tmp_path: Path) -> None:
    metrics.add(tmp_path, score(1))
    (line,) = (tmp_path / FILE).read_text().splitlines()
    row = json.loads(line)
    assert (row["epoch"], row["accuracy"], row["confusion"]) == (1, 0.75, [[3, 1], [1, 3]])


def test_is_empty_before_the_first_epoch(tmp_path: Path) -> None:
    assert metrics.read(tmp_path) == ()
    metrics.cut(tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_forgets_the_epochs_that_come_again(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        metrics.add(tmp_path, score(epoch))
    metrics.cut(tmp_path, 1)
    assert metrics.read(tmp_path) == (score(1),)


@pytest.mark.parametrize("content", ["not json", '{"epoch": 1}', "[]"])
def test_refuses_what_training_does_not_write(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(DemoError, match="is not what training writes") as caught:
        metrics.read(tmp_path)
    assert caught.value.remedy == f"Remove {tmp_path / FILE}."
