"""How the page looks, as far as it can be computed: room, contrast, stillness."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.serving.page.visit import Visit

# Text whose contrast with what is painted behind it is too small: 4.5, or 3 where it is large.
_FAINT = """() => {
  const channel = (x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.body.querySelectorAll('*')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const style = getComputedStyle(node);
    if (!own || style.visibility === 'hidden' || node.closest('.unseen, .skip, :disabled, noscript')) continue;
    const [a, b] = [light(parse(style.color)), light(behind(node))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24;
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) faint.push(node.outerHTML.slice(0, 80));
  }
  return faint;
}"""


# What sticks out of the page, or of its card, and is not in a place of its own to be scrolled.
_STICKING_OUT = """() => [...document.querySelectorAll('.card *')]
  .filter((node) => !node.closest('.cells, .scroll, .unseen, pre, option'))
  .filter((node) => node.getBoundingClientRect().right > node.closest('.card').getBoundingClientRect().right)
  .concat(document.documentElement.scrollWidth > document.documentElement.clientWidth ? [document.body] : [])
  .map((node) => node.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [("digits", "light", 360), ("photo", "dark", 320), ("pairs", "light", 320), ("digits", "dark", 1440)],
)
def test_nothing_sticks_out_and_all_text_can_be_read(
    browser: Browser, served: Callable[[str], str], name: str, scheme: str, width: int
) -> None:
    visit = Visit(browser, color_scheme=scheme)
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.open(served(name)).calm()
    visit.page.get_by_text("About this model").click()
    for way in (".npy file", "Values"):
        for switch in visit.page.get_by_role("radio", name=way, exact=True).all():
            switch.check()
        assert visit.page.evaluate(_STICKING_OUT) == []
    for button in visit.page.get_by_role("button", name="Random").all():
        button.click()
    visit.run()
    ways = visit.page.locator(".ways input")
    for i in range(ways.count()):
        ways.nth(i).check()
        assert visit.page.evaluate(_STICKING_OUT) == []
        assert visit.page.evaluate(_FAINT) == []
    visit.close()


@pytest.mark.parametrize("name", ["digits", "mixed"])
def test_nothing_jumps(visit: Visit, served: Callable[[str], str], name: str) -> None:
    visit.open(served(name)).calm()
    visit.run()
    visit.page.get_by_role("radio", name="cpu").check()
    visit.idle()
    assert visit.page.evaluate("window.shifts") < 0.02


def test_targets_are_large_enough_for_fingers(visit: Visit, served: Callable[[str], str]) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 800})
    visit.open(served("digits"))
    small = """() => [...document.querySelectorAll('button, select, .option, .check, summary')]
      .map((node) => [node.textContent, node.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([text]) => text)"""
    assert visit.page.evaluate(small) == []


def test_a_picture_is_drawn_without_motion_for_those_who_ask(browser: Browser, served: Callable[[str], str]) -> None:
    visit = Visit(browser, reduced_motion="reduce").open(served("digits"))
    visit.page.get_by_role("button", name="Seven").click()
    visit.page.wait_for_selector(".output .bars")
    assert visit.page.evaluate("getComputedStyle(document.querySelector('.bar')).transitionDuration") == "0s"
    visit.close()
