"""A directory with a page of the user's own is served as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.asking import ask
from tests.serving.conftest import write_model
from totfjs.serving import Server, serve


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    write_model(folder / "models/dense")
    (folder / "about us").mkdir()
    files = {
        "index.html": "<p>mine",
        "page.js": "1",
        "look.css": "",
        "app.webmanifest": "{}",
        "about us/index.html": "us",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / ".env").write_text("SECRET")
    (tmp_path / "secret.txt").write_text("SECRET")
    return folder


@pytest.fixture
def own(place: Path, problems: list[str]) -> Iterator[Server]:
    with serve(place, log=problems.append) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "kind", "file"),
    [
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/index.html", "text/html; charset=utf-8", "index.html"),
        ("/page.js?v=1", "text/javascript; charset=utf-8", "page.js"),
        ("/app.webmanifest", "application/manifest+json", "app.webmanifest"),
        ("/about%20us/", "text/html; charset=utf-8", "about us/index.html"),
        ("/models/dense/model.json", "application/json", "models/dense/model.json"),
        ("/models/dense/weights.bin", "application/octet-stream", "models/dense/weights.bin"),
    ],
)
def test_its_files_come_as_what_they_are(own: Server, place: Path, path: str, kind: str, file: str) -> None:
    answer = ask(own, path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.body == (place / file).read_bytes()
    assert "content-security-policy" not in answer.headers  # the page has its own
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_folder_is_asked_for_with_its_slash(own: Server) -> None:
    answer = ask(own, "/about%20us?lang=ko")
    assert (answer.status, answer.headers["location"]) == (308, "/about%20us/?lang=ko")
    assert ask(own, "/models").status == 404
    assert ask(own, "/index.html/").status == 404


@pytest.mark.parametrize("path", ["/.env", "/../secret.txt", "/%2e%2e/secret.txt", "/_totfjs/info", "/_totfjs/page.js"])
def test_nothing_else_is_served(own: Server, path: str) -> None:
    answer = ask(own, path)
    assert answer.status == 404
    assert b"SECRET" not in answer.body


def test_a_link_that_leads_outside_is_not_followed(own: Server, place: Path, problems: list[str]) -> None:
    (place / "link.txt").symlink_to(place.parent / "secret.txt")
    (place / "out").symlink_to(place.parent)
    assert [ask(own, path).status for path in ("/link.txt", "/out/secret.txt", "/out", "/out/")] == [404] * 4
    assert "link.txt is a link that leads out of the directory, and is not served" in problems


def test_what_is_missing_is_told(own: Server, problems: list[str]) -> None:
    ask(own, "/nothing.js")
    assert problems == ["/nothing.js was asked for, and is not there"]


def test_it_has_one_address(own: Server) -> None:
    assert own.urls == {"": own.url}


def test_a_model_with_a_page_beside_it_is_a_model(place: Path) -> None:
    (place / "model.json").write_text(json.dumps({}))
    with serve(place) as server:
        assert b"totfjs" in ask(server, "/").body
