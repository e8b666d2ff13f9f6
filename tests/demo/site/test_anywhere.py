"""The site is plain files: any server serves it, under any path, and it fits any window."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jax_to_tfjs_demo import site
from tests.demo.site.visit import SEVEN, Visit

Visits = Callable[..., Visit]
CUT = """
[...document.querySelectorAll('td, .button, h1, h2:not(.unseen), p:not(.unseen)')]
  .filter((node) => node.scrollWidth > node.clientWidth + 2).length
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def plain(built: site.Site) -> Iterator[str]:
    """Python's own server of files, with the site two folders down."""
    root = built.path.parents[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{built.path.relative_to(root).as_posix()}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_plain_server_serves_it_below_a_path(visit: Visits, plain: str) -> None:
    page = visit().open(plain).draw(SEVEN).guess(7)
    page.choose("webgl").guess(7)
    page.page.get_by_text("Works without a network now.").wait_for()
    assert page.page.evaluate("navigator.serviceWorker.ready.then(({scope}) => scope)") == plain


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_nothing_sticks_out(visit: Visits, url: str, locale: str) -> None:
    page = visit(locale=locale).open(url)
    page.draw(SEVEN).guess(7)
    for width in (320, 360, 1440):
        page.page.set_viewport_size({"width": width, "height": 800})
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.page.evaluate(CUT) == 0, width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(visit: Visits, url: str, scheme: str) -> None:
    page = visit(color_scheme=scheme).open(url)
    colours = """
        (names) => names.map((name) => {
          const probe = document.createElement('span');
          probe.style.color = `var(${name})`;
          document.body.append(probe);
          return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
        })
    """
    for text, ground, least in (
        ("--ink", "--desk", 7), ("--muted", "--desk", 4.5), ("--muted", "--sheet", 4.5), ("--muted", "--tint", 4.5),
        ("--mark", "--desk", 4.5), ("--on-mark", "--mark", 4.5), ("--ink-on-paper", "--sheet", 7),
        ("--edge", "--desk", 3),
    ):  # fmt: skip
        found = page.page.evaluate(colours, [text, ground])
        assert contrast(*found) >= least, (text, ground)


def contrast(first: list[float], second: list[float]) -> float:
    """As WCAG has it."""

    def luminance(colour: list[float]) -> float:
        linear = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in (c / 255 for c in colour)
        ]
        return sum(factor * value for factor, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def test_no_address_leads_out_of_the_site(built: site.Site) -> None:
    for name in built.files:
        if name.endswith((".html", ".css")) or name.startswith("page/"):
            text = (built.path / name).read_text(encoding="utf-8")
            assert not re.search(
                r"https?://|[\"'(]//|(?:src|href)=\"/", text.replace("http://www.w3.org/2000/svg", "")
            ), name


def test_the_policy_allows_no_script_in_the_page(built: site.Site) -> None:
    text = (Path(built.path) / "index.html").read_text(encoding="utf-8")
    assert "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", text)
