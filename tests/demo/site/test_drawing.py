"""Drawing on the paper: by mouse, finger and keys, with undo and clear, and what it says meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.demo.site.visit import ONE, SEVEN, Visit

Visits = Callable[..., Visit]


def test_a_drawn_seven_is_read_as_seven(visit: Visits, url: str) -> None:
    page = visit().open(url)
    assert page.page.inner_text("#guess") == "?"
    page.draw(SEVEN).guess(7)
    assert page.status(r"^Reads 7, \d+%\.$")
    shares = page.settled(7)
    assert shares.index(max(shares)) == 7
    assert sum(shares) == pytest.approx(1, abs=1e-4)


def test_steps_are_undone_one_by_one(visit: Visits, url: str) -> None:
    page = visit().open(url)
    undo, clear = (page.page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear"))
    assert (undo.is_disabled(), clear.is_disabled()) == (True, True)
    alone = page.draw(SEVEN).settled(7)
    page.draw([(0.1, 0.1), (0.1, 0.9), (0.9, 0.9)])
    page.page.wait_for_function("(best) => !document.querySelectorAll('.bar')[7].style.height.startsWith(best)",
                                arg=f"{100 * alone[7]:.4f}")  # fmt: skip
    undo.click()
    page.page.wait_for_function(
        "(best) => Math.abs(parseFloat(document.querySelectorAll('.bar')[7].style.height) - best) < 1",
        arg=100 * alone[7],
    )
    clear.click()
    page.guess("?")
    assert clear.is_disabled()
    undo.click()
    page.guess(7)
    undo.click()
    page.guess("?")
    assert undo.is_disabled()
    assert page.page.inner_text("#sure") == "Nothing is drawn yet."


def test_a_finger_draws_and_does_not_scroll(visit: Visits, url: str) -> None:
    page = visit(has_touch=True, viewport={"width": 390, "height": 844}).open(url)
    session = page.context.new_cdp_session(page.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [dict(zip(("x", "y"), page.paper(point), strict=True)) for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", ONE[0])
    for step in range(1, 15):
        touch("touchMove", (ONE[0][0], ONE[0][1] + 0.05 * step))
    touch("touchEnd")
    page.guess(1)
    assert page.page.evaluate("scrollY") == 0


def test_samples_are_chosen_by_keys(visit: Visits, url: str) -> None:
    page = visit().open(url)
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.textContent") == "Skip to the samples"
    page.page.keyboard.press("Enter")
    for digit in range(10):
        page.page.keyboard.press("Tab")
        label = page.page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label == f"Sample {digit}, number 1"
        if digit in (0, 3, 6):
            page.page.keyboard.press("Enter")
            page.guess(digit)


def test_keys_draw(visit: Visits, url: str) -> None:
    page = visit().open(url)
    page.page.locator(".paper").focus()
    keyboard = page.page.keyboard
    for _ in range(12):
        keyboard.press("ArrowUp")
    assert page.page.inner_text("#guess") == "?"
    assert page.page.locator(".marker").is_visible()
    for _ in range(24):
        keyboard.press("Shift+ArrowDown")
    page.guess(1)
    keyboard.press("Delete")
    page.guess("?")
    keyboard.press("Control+z")
    page.guess(1)


def test_what_the_network_gets_is_shown(visit: Visits, url: str) -> None:
    page = visit().open(url)
    seen = "Array.from(document.querySelector('.pixels').getContext('2d').getImageData(0, 0, 28, 28).data)"
    assert set(page.page.evaluate(seen)) == {0, 255}  # black, and not transparent
    assert page.page.evaluate(seen)[0::4] == [0] * 784
    page.draw(SEVEN).guess(7)
    grey = page.page.evaluate(seen)[0::4]
    assert max(grey) == 255
    rows = [y for y in range(28) if any(grey[28 * y : 28 * y + 28])]
    assert 20 <= rows[-1] - rows[0] + 1 <= 21


def test_it_speaks_korean_where_the_browser_does_and_english_when_asked(visit: Visits, url: str) -> None:
    page = visit(locale="ko-KR").open(url)
    assert page.page.inner_text("h1") == "숫자를 그려 보세요"
    assert page.page.evaluate("document.documentElement.lang") == "ko"
    page.draw(SEVEN).guess(7)
    page.status(r"^7\(으\)로 읽었습니다")
    page.page.get_by_role("button", name="English").click()
    assert page.page.inner_text("h1") == "Draw a digit"
    assert page.page.title() == "Draw a digit"
    page.open(url)
    assert page.page.inner_text("h1") == "Draw a digit"


def test_both_languages_say_all(visit: Visits, url: str) -> None:
    page = visit().open(url)
    compare = """
        async () => {
          const texts = (name) => import(new URL(`page/texts/${name}.js`, document.baseURI));
          const [{english}, {korean}] = await Promise.all([texts('english'), texts('korean')]);
          const keys = (text) => Object.entries(text).flatMap(([key, value]) =>
            key === 'lacks' || value === null || typeof value !== 'object' ? [key] : [key, ...keys(value)]);
          return [keys(english), keys(korean)];
        }
    """
    english, korean = page.page.evaluate(compare)
    assert english == korean
