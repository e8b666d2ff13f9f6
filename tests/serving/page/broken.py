"""A server of a web model that gets some answers wrong, as servers in the wild do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.answers import NOT_FOUND, Answer, serving
from totfjs.runtime.bundled import bundled
from totfjs.serving.content import PAGE_TYPES, type_of
from totfjs.serving.headers import PAGE_POLICY

HTML = b"<!DOCTYPE html>\n<html><head><title>My app</title></head><body><div id='root'></div></body></html>\n"


def _file(model: Path, path: str) -> Answer:
    if path == "_totfjs/info":
        return Answer(b'{"name": "broken"}', kind="application/json")
    folder, _, name = path.partition("/")
    root = {"model": model, "_totfjs": bundled("web/page.html").parent}.get(folder)
    if root is None or not (root / name).is_file():
        return NOT_FOUND
    return Answer((root / name).read_bytes(), kind=type_of(root / name, PAGE_TYPES))


@contextmanager
def broken(model: Path, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Serves the page and a model, and `answers` for some of its files; yields the address."""

    def find(asked: str) -> Answer:
        path = asked.partition("?")[0].removeprefix("/") or "_totfjs/page.html"
        answer = answers.get(path.removeprefix("model/")) or _file(model, path)
        return replace(answer, headers={"Content-Security-Policy": PAGE_POLICY})

    with serving(find) as address:
        yield f"{address}/"
