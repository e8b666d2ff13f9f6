"""What a user does on the page, with a mouse, a finger or keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, Locator

from tests.serving.page import visit

Points = Sequence[tuple[float, float]]
# Shares of the paper's width and height.
SEVEN: Points = [(0.27, 0.22), (0.5, 0.21), (0.74, 0.22), (0.62, 0.5), (0.5, 0.82)]
ONE: Points = [(0.52, 0.15), (0.5, 0.5), (0.48, 0.85)]


class Visit(visit.Visit):
    """A visit to the page of the demo, with English for a language where nothing else is said."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        super().__init__(browser, **{"locale": "en-US", **options})
        self.context.on("request", self._request)

    def open(self, url: str) -> Visit:
        """Goes to the page, and waits until it can be used or says why not."""
        self.origin = visit.urlsplit(url).netloc
        self.page.goto(url)
        self.page.wait_for_selector("[data-ready]")
        return self

    def paper(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a place of the paper is in the window."""
        self.page.locator(".paper").scroll_into_view_if_needed()
        box = self.page.locator(".paper").bounding_box()
        assert box is not None
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    def draw(self, points: Points) -> Visit:
        """Draws a line with the mouse."""
        mouse = self.page.mouse
        mouse.move(*self.paper(points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.paper(point), steps=6)
        mouse.up()
        return self

    def guess(self, digit: object) -> Visit:
        """Waits until the page reads this."""
        self.page.wait_for_function("(d) => document.getElementById('guess').textContent === d", arg=str(digit))
        return self

    def settled(self, digit: int) -> list[float]:
        """Waits until the page says this, which it does when its answer has stayed for a while; the bars then."""
        self.status(rf"\b{digit}\b.*%")
        return self.shares()

    def row(self, name: str) -> Locator:
        """The row of a choice."""
        label = self.page.locator("label", has_text=re.compile(rf"^{name}$"))
        return self.page.locator(".choice tbody tr", has=label)

    def choose(self, name: str) -> Visit:
        """Chooses, and waits until that is what reads."""
        self.row(name).get_by_role("radio").check()
        self.idle()
        return self

    def idle(self) -> None:
        """Waits until nothing is loaded or timed."""
        self.page.wait_for_selector(".engine:not(.busy) .timing .button:enabled")

    def shares(self) -> list[float]:
        """The bars, from 0 to 1."""
        found: list[float] = self.page.eval_on_selector_all(
            ".bar", "(bars) => bars.map((bar) => parseFloat(bar.style.height) / 100)"
        )
        return found
