"""Loading: what the page tells of the model, and where it looks for it."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.serving.page.visit import NOT_FOUND, Visit
from totfjs.runtime.bundled import bundled
from totfjs.serving import serve


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


def test_the_model_is_described(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("digits"))
    assert visit.page.inner_text("h1") == "digits"
    assert visit.page.inner_text("#facts").startswith("Graph model · 7,840 parameters · 31 kB in 2 files")
    visit.page.get_by_text("About this model").click()
    about = visit.page.inner_text(".about")
    assert "All bytes are right: lengths and SHA-256 of each file." in about
    assert "float32 [b, 28, 28, 1]" in about
    assert "model.execute({" in about
    assert visit.status("ready") == "The model is ready."


def test_progress_is_shown_for_each_file(visit: Visit, served: Callable[[str], str]) -> None:
    shown = """() => {
      window.seen = [];
      const look = () => document.querySelectorAll('.files li').forEach((row) => window.seen.push(row.textContent));
      new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
    }"""
    visit.page.add_init_script(f"({shown})()")
    visit.open(served("digits"))
    seen = visit.page.evaluate("window.seen.join(' ')")
    assert "model.json" in seen
    assert "group1-shard1of2.bin16 kB" in seen


def test_one_of_several_models_is_chosen(visit: Visit, model: Callable[[str], Path], tmp_path: Path) -> None:
    for name in ("pairs", "text"):
        shutil.copytree(model(name), tmp_path / "my models" / name)
    with serve(tmp_path) as server:
        visit.open(server.url)
        assert visit.page.inner_text("h1") == "pairs"
        visit.page.get_by_text("2 models").click()
        visit.page.get_by_role("link", name="my models/text").click()
        visit.page.wait_for_selector(".bench")
        assert visit.page.inner_text("h1") == "text"


def test_a_model_that_is_not_there_is_said_so(visit: Visit, served: Callable[[str], str]) -> None:
    visit.allowed = NOT_FOUND
    visit.open(served("pairs") + "?model=other")
    assert "model.json cannot be loaded: it is not on the server (status 404)." in (visit.problem() or "")


def test_the_page_works_as_plain_files_in_any_folder(
    visit: Visit, model: Callable[[str], Path], tmp_path: Path
) -> None:
    site = tmp_path / "some" / "folder"
    web = bundled("web/page.html").parent
    shutil.copytree(web, site / "_totfjs")
    shutil.copy(web / "page.html", site / "index.html")
    shutil.copytree(model("layers"), site / "model")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        visit.allowed = NOT_FOUND  # of _totfjs/info
        visit.open(f"http://127.0.0.1:{server.server_port}/some/folder/")
        assert "Layers model" in visit.page.inner_text("#facts")
        visit.run()
    finally:
        server.shutdown()
        server.server_close()
