"""Once it was loaded, the page works without a server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from jax_to_tfjs_demo import site
from tests.demo.site import network
from tests.demo.site.network import quiet
from tests.demo.site.visit import SEVEN, Visit
from tests.serving.page.visit import NOT_FOUND

Visits = Callable[..., Visit]
KEPT = "Works without a network now."


def test_it_is_loaded_again_and_reads_without_a_server(visit: Visits, built: site.Site) -> None:
    page = visit()
    with site.serve(built.path, 0) as served:
        page.open(served.url)
        page.page.get_by_text(KEPT).wait_for()
        page.choose("uint8")
        page.page.get_by_text(KEPT).wait_for()
        page.page.wait_for_function(
            "caches.match('models/small_uint8/model.json').then((found) => found !== undefined)"
        )
    page.allowed = NOT_FOUND
    page.page.reload()
    page.page.wait_for_selector("[data-ready]")
    page.draw(SEVEN).guess(7)
    for backend in ("webgl", "cpu"):
        page.choose(backend).guess(7)
    assert page.row("uint8").get_by_role("radio").is_checked()
    page.choose("float32").guess(7)


def test_what_was_never_loaded_is_said_to_be_missing(visit: Visits, built: site.Site) -> None:
    page = visit()
    with site.serve(built.path, 0) as served:
        page.open(served.url)
        page.page.get_by_text(KEPT).wait_for()
    page.allowed = NOT_FOUND
    page.row("uint8").get_by_role("radio").check()
    page.page.wait_for_selector(".problem")
    assert "model.json cannot be loaded: the server cannot be reached." in str(page.problem())
    page.choose("float32").draw(SEVEN).guess(7)
    assert page.problem() is None


def test_a_newer_page_is_offered_and_taken(visit: Visits, built: site.Site, models: list[Path], tmp_path: Path) -> None:
    place = Path(shutil.copytree(built.path, tmp_path / "site"))
    page = visit()
    with site.serve(place, 0) as served:
        page.open(served.url)
        page.page.get_by_text(KEPT).wait_for()
        site.build(models[:1], place, dataset=network.digits(), log=quiet)
        page.page.reload()
        page.page.get_by_role("button", name="A newer version of this page is here: load it").click()
        page.page.wait_for_function("() => document.querySelectorAll('.choice').length === 2")
        page.page.wait_for_selector("[data-ready]")
        names = page.page.evaluate("caches.keys()")
    assert len(names) == 1
