"""The page without a pointer, and for those who do not see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.serving.page.visit import Visit

# What a control is called, as far as it can be said without the browser's own computation.
_NAMELESS = """() => {
  const controls = 'button, input, select, textarea, a, summary, canvas[tabindex], [role=region], progress';
  const nameOf = (node) => node.getAttribute('aria-label')
    || document.getElementById(node.getAttribute('aria-labelledby'))?.textContent.trim()
    || [...(node.labels ?? [])].map((label) => label.textContent.trim()).join('')
    || (node.tagName !== 'INPUT' && node.textContent.trim());
  return [...document.querySelectorAll(controls)].filter((node) => !nameOf(node)).map((node) => node.outerHTML);
}"""


def _tab_to(visit: Visit, matches: str, most: int = 40) -> None:
    """Presses Tab until the element that has the focus matches a selector."""
    for _ in range(most):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("(selector) => document.activeElement.matches(selector)", matches):
            return
    raise AssertionError(f"Tab never comes to {matches}")


def test_from_load_to_result_by_keys_alone(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("digits"))
    _tab_to(visit, ".skip")
    visit.page.keyboard.press("Enter")
    # arrows choose the way and back; the drawing has buttons, and takes arrows with Shift
    _tab_to(visit, ".ways input")
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_selector("text=Choose a picture")
    visit.page.keyboard.press("ArrowLeft")
    _tab_to(visit, "canvas.paper")
    for _ in range(4):
        visit.page.keyboard.press("Shift+ArrowDown")
    visit.status("Done in")
    _tab_to(visit, ".backends input")
    visit.page.keyboard.press("ArrowLeft")
    visit.page.wait_for_function("() => document.querySelector('.state').textContent.startsWith('cpu: ')")
    _tab_to(visit, ".button.primary")
    visit.page.keyboard.press("Enter")
    visit.idle()
    _tab_to(visit, "input[type=checkbox]")
    visit.page.keyboard.press("Space")
    visit.page.keyboard.press("Control+Enter")
    visit.idle()
    assert re.search(r"Done in .+ output: \w+ \(.+\)", visit.status("Done in"))


def test_shift_and_arrows_draw_and_delete_clears(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("digits")).calm()
    drawn = """() => document.querySelector('canvas.paper').getContext('2d').getImageData(0, 0, 280, 280).data
      .filter((x, i) => i % 4 === 0 && x > 0).length"""
    visit.page.get_by_role("img", name="Drawing for image").focus()
    visit.page.keyboard.press("ArrowDown")
    assert visit.page.evaluate(drawn) == 0
    visit.page.keyboard.press("Shift+ArrowDown")
    assert visit.page.evaluate(drawn) > 0
    visit.page.keyboard.press("Delete")
    assert visit.page.evaluate(drawn) == 0


@pytest.mark.parametrize("name", ["digits", "mixed", "pairs"])
def test_every_control_has_a_name(visit: Visit, served: Callable[[str], str], name: str) -> None:
    visit.open(served(name)).calm()
    ways = visit.page.locator(".ways input")
    for i in range(ways.count()):
        ways.nth(i).check()
        assert visit.page.evaluate(_NAMELESS) == []


def test_ids_are_unique_and_what_they_refer_to_is_there(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("mixed")).calm()
    visit.run()
    found = visit.page.evaluate("""() => {
      const ids = [...document.querySelectorAll('[id]')].map(({id}) => id);
      const refer = ['aria-describedby', 'aria-labelledby', 'for'];
      const values = (name) => [...document.querySelectorAll(`[${name}]`)].map((node) => node.getAttribute(name));
      const named = refer.flatMap(values);
      return {twice: ids.filter((id, i) => ids.indexOf(id) !== i), missing: named.filter((id) => !ids.includes(id))};
    }""")
    assert found == {"twice": [], "missing": []}


def test_headings_go_down_step_by_step(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("mixed"))
    levels = visit.page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((node) => Number(node.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
