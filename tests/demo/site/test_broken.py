"""A file that is not what it should be is said in words, and never decoded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jax_to_tfjs_demo import site
from tests.demo.site.visit import SEVEN, Visit
from tests.serving.page.visit import NOT_FOUND

Visits = Callable[..., Visit]


@pytest.fixture
def place(built: site.Site, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.path, tmp_path / "site"))


def shard(place: Path, model: str) -> Path:
    [found] = (place / "models" / model).glob("*.bin")
    return found


def test_a_changed_shard_is_named_and_another_model_still_reads(visit: Visits, place: Path) -> None:
    path = shard(place, "small_none")
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    page = visit()
    with site.serve(place, 0) as served:
        page.open(served.url)
        assert f"{path.name} is not the file that belongs to this model.json: its SHA-256 is another." in str(
            page.problem()
        )
        page.page.get_by_role("button", name="한국어").click()
        assert f"{path.name}: 이 model.json에 속한 파일이 아닙니다. SHA-256이 다릅니다." in str(page.problem())
        page.draw(SEVEN)
        page.choose("uint8").guess(7)
        assert page.problem() is None


def test_a_mended_shard_is_taken_at_the_next_try(visit: Visits, place: Path) -> None:
    path = shard(place, "small_none")
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    page = visit()
    with site.serve(place, 0) as served:
        page.open(served.url).draw(SEVEN)
        assert f"{path.name} is cut short" in str(page.problem())
        path.write_bytes(content)
        page.page.get_by_role("button", name="Try again").click()
        page.guess(7)
        assert page.problem() is None


def test_a_part_of_the_page_that_is_missing_is_said(visit: Visits, place: Path) -> None:
    (place / "tensorflow/tensorflow.js").unlink()
    page = visit()
    page.allowed = NOT_FOUND
    with site.serve(place, 0) as served:
        page.open(served.url)
        assert "A part of TensorFlow.js did not come from the server." in str(page.problem())
