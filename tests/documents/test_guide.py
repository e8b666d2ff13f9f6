"""The guide: every block of it runs, prints what it says, and is the same in both languages."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.documents.blocks import MARKED, RUN, blocks, headings
from tests.documents.session import Session
from tests.sources.tensorflow.reading.models import unpacked

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/tensorflow"
ENGLISH = sorted((ROOT / "docs/guide/en").glob("*.md"))
KOREAN = sorted((ROOT / "docs/guide/ko").glob("*.md"))
PAIRS = [
    *((page, ROOT / "docs/guide/ko" / page.name) for page in ENGLISH),
    (ROOT / "demo/README.md", ROOT / "demo/README.ko.md"),
]


def _with_files_of_tensorflow(directory: Path) -> Path:
    """What readers of the page on TensorFlow have, and what only TensorFlow writes."""
    unpacked("keras3", directory / "unpacked").rename(directory / "saved_model")
    with zipfile.ZipFile(FIXTURES / "models/images.keras3.frozen.zip") as archive:
        (directory / "frozen.pb").write_bytes(archive.read("graph.pb"))
    shutil.copy(FIXTURES / "hub/first.tar.gz", directory / "module.tar.gz")
    return directory


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.stem)
def test_every_block_runs_and_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    Session(_with_files_of_tensorflow(tmp_path)).run(blocks(page))


@pytest.mark.parametrize("pages", PAIRS, ids=lambda pages: pages[0].stem)
def test_both_languages_have_the_same_blocks_and_headings(pages: tuple[Path, Path]) -> None:
    english, korean = pages
    assert [(block.language, block.text) for block in blocks(korean)] == [
        (block.language, block.text) for block in blocks(english)
    ]
    assert headings(korean) == headings(english)


def test_the_guide_has_the_same_pages_in_both_languages() -> None:
    assert [page.name for page in KOREAN] == [page.name for page in ENGLISH]


@pytest.mark.parametrize(
    "page", [*ENGLISH, ROOT / "demo/README.md"], ids=lambda page: f"{page.parent.name}-{page.stem}"
)
def test_every_block_is_run_or_marked(page: Path) -> None:
    found = blocks(page)
    assert found
    assert {block.language for block in found} <= {*RUN, *MARKED}
