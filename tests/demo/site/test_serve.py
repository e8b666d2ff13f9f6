from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from jax_to_tfjs_demo import site
from jax_to_tfjs_demo.errors import DemoError


def test_it_serves_the_site_on_this_machine(built: site.Site) -> None:
    with site.serve(built.path, 0) as served:
        assert served.url.startswith("http://127.0.0.1:")
        for name, kind in (
            ("", "text/html; charset=utf-8"),
            ("page/page.js", "text/javascript; charset=utf-8"),
            ("tensorflow/tfjs-backend-wasm.wasm", "application/wasm"),
            ("models/small_none/model.json", "application/json"),
        ):
            with urllib.request.urlopen(served.url + name) as answer:
                assert answer.headers["Content-Type"] == kind
                assert answer.read() == (built.path / (name or "index.html")).read_bytes()


def test_a_directory_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="There is no site in") as caught:
        site.serve(tmp_path, 0)
    assert caught.value.remedy == "Build it first: app build-site."


def test_a_port_that_is_taken_is_said(built: site.Site) -> None:
    with site.serve(built.path, 0) as served, pytest.raises(DemoError, match=f"Port {served.port} is taken"):
        site.serve(built.path, served.port)
