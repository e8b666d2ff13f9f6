"""Choosing networks, weights and backends, and what the page tells of each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jax_to_tfjs_demo import site
from tests.demo.site.visit import SEVEN, Visit

Visits = Callable[..., Visit]
NO_WEBGPU = "Object.defineProperty(Navigator.prototype, 'gpu', {get: () => undefined})"


def test_each_backend_reads_the_same(visit: Visits, url: str) -> None:
    page = visit().open(url).draw(SEVEN)
    shares = page.settled(7)
    for backend in ("cpu", "webgl", "webgpu", "wasm"):
        page.choose(backend)
        page.guess(7)
        assert page.shares() == pytest.approx(shares, abs=1e-3)
        assert page.row(backend).locator("td").last.inner_text().endswith(" ms")
        assert f"on {backend}." in page.page.inner_text(".state")


def test_weights_tell_their_sizes_accuracy_and_time(visit: Visits, url: str, built: site.Site) -> None:
    page = visit().open(url).draw(SEVEN).guess(7)
    whole, small = built.models[0], built.models[1]
    assert small.bytes < whole.bytes / 2
    assert page.row("float32").get_by_role("radio").is_checked()
    cells = page.row("uint8").locator("td").all_inner_texts()
    assert whole.accuracy is not None
    assert cells[2] == f"{100 * whole.accuracy.share:.2f}%*"
    assert cells[3] == "–"
    assert cells[0] == f"{small.bytes / 1000:.3g} kB"
    assert cells[1] == f"{small.brotli / 1000:.3g} kB"
    page.choose("uint8").guess(7)
    assert page.row("uint8").locator("td").last.inner_text().endswith(" ms")


def test_accuracy_that_nobody_measured_is_not_made_up(visit: Visits, url: str) -> None:
    page = visit().open(url)
    page.choose("Flax Linen")
    assert "not measured" in page.row("float32").inner_text()
    assert "*" not in page.page.inner_text(".choice-weights")


def test_a_row_is_a_target_for_the_mouse_and_arrows_move_among_rows(visit: Visits, url: str) -> None:
    page = visit().open(url)
    page.row("uint8").locator("td").first.click()
    page.idle()
    assert page.row("uint8").get_by_role("radio").is_checked()
    page.row("wasm").get_by_role("radio").focus()
    page.page.keyboard.press("ArrowUp")
    page.page.wait_for_function("() => document.activeElement.value === 'cpu'")
    page.idle()
    assert page.row("cpu").get_by_role("radio").is_checked()


def test_the_address_leads_to_what_was_chosen(visit: Visits, url: str) -> None:
    page = visit().open(url)
    page.choose("uint8").choose("cpu")
    address = page.page.url
    assert address == f"{url}#small_uint8/cpu"
    again = visit().open(address)
    assert again.row("uint8").get_by_role("radio").is_checked()
    assert again.row("cpu").get_by_role("radio").is_checked()
    odd = visit().open(f"{url}#nothing/none")
    assert odd.row("float32").get_by_role("radio").is_checked()


def test_all_are_timed_and_the_choice_stays(visit: Visits, url: str) -> None:
    page = visit().open(url).draw(SEVEN).guess(7)
    page.page.get_by_role("button", name="Time them all").click()
    page.idle()
    times = page.page.locator(".choice-backend td:last-child").all_inner_texts()
    assert len(times) == 4
    assert all(time.endswith(" ms") for time in times)
    assert page.row("wasm").get_by_role("radio").is_checked()
    page.guess(7)


def test_what_a_browser_lacks_is_said_with_the_reason(visit: Visits, url: str) -> None:
    page = visit()
    page.page.add_init_script(NO_WEBGPU)
    page.open(url)
    assert "This browser has no WebGPU." in page.row("webgpu").inner_text()
    assert page.row("webgpu").get_by_role("radio").is_disabled()
    page.page.get_by_role("button", name="한국어").click()
    assert "이 브라우저에는 WebGPU가 없습니다." in page.row("webgpu").inner_text()
