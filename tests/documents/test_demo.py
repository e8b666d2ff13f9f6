"""The README of the demo: every block of it runs, on few images of the digits that come with scikit-learn."""

from __future__ import annotations

from pathlib import Path

from tests.demo.workplace import environment, write_digits
from tests.documents.blocks import blocks
from tests.documents.session import Session

README = Path(__file__).parents[2] / "demo/README.md"


def test_every_block_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    data = write_digits(tmp_path / "mnist")
    (tmp_path / "demo").mkdir()
    Session(tmp_path / "demo", environment(data)).run(blocks(README))
