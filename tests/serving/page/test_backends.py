"""The choice of a backend: every one that the browser has computes the same, and the others are there with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

import totfjs
from tests.serving.page.visit import Visit


def test_switching_keeps_the_inputs_and_computes_again(
    visit: Visit, served: Callable[[str], str], model: Callable[[str], Path], tmp_path: Path
) -> None:
    images = np.random.default_rng(2).random((1, 28, 28, 1), np.float32)
    np.save(tmp_path / "image.npy", images)
    visit.page.set_default_timeout(30_000)
    visit.open(served("digits")).calm()
    visit.way("image", ".npy file").locator("input[type=file]").set_input_files(tmp_path / "image.npy")
    visit.run()
    expected = totfjs.run(model("digits"), {"image": images}, backend="cpu")["output"]
    for backend in ("cpu", "webgl", "webgpu", "wasm"):
        visit.page.get_by_role("radio", name=backend, exact=True).check()
        visit.page.wait_for_function(
            "(name) => document.querySelector('.state').textContent.startsWith(`${name}: `)", arg=backend
        )
        visit.idle()
        np.testing.assert_allclose(visit.result("output", tmp_path), expected, rtol=1e-4, atol=1e-4)
    assert visit.problem() is None


def test_a_measurement_tells_median_and_percentile(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("pairs")).calm()
    visit.page.get_by_role("button", name="Measure").click()
    said = visit.status("95th percentile")
    assert re.fullmatch(r"\d+ runs: median [\d.]+ m?s, 95th percentile [\d.]+ m?s\.", said)
    assert "–" not in visit.page.locator(".timing").inner_text()


def test_backends_that_the_browser_lacks_are_shown_with_the_reason(
    browser: Browser, served: Callable[[str], str]
) -> None:
    visit = Visit(browser)
    visit.page.add_init_script("""
      Object.defineProperty(Navigator.prototype, 'gpu', {get: () => undefined});
      HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {
        apply: (get, canvas, words) => words[0].startsWith('webgl') ? null : Reflect.apply(get, canvas, words),
      });
    """)
    visit.open(served("pairs"))
    for name, reason in (("webgl", "This browser gives no WebGL."), ("webgpu", "This browser has no WebGPU.")):
        radio = visit.page.get_by_role("radio", name=name)
        assert radio.is_disabled()
        assert reason in visit.page.locator(".backends").inner_text()
    visit.run()
    visit.close()
