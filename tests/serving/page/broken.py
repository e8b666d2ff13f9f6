"""A server of a web model that gets some answers wrong, as servers in the wild do."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from totfjs.runtime.bundled import bundled
from totfjs.serving.content import PAGE_TYPES, type_of
from totfjs.serving.headers import PAGE_POLICY

HTML = b"<!DOCTYPE html>\n<html><head><title>My app</title></head><body><div id='root'></div></body></html>\n"


@dataclass(frozen=True)
class Answer:
    """What the server says instead; `announced` is the length that it promises, where it breaks its promise."""

    body: bytes
    status: int = 200
    kind: str = "application/octet-stream"
    announced: int | None = None


class _Handler(BaseHTTPRequestHandler):
    model: ClassVar[Path]
    answers: ClassVar[Mapping[str, Answer]]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/") or "_totfjs/page.html"
        self.send(self.answers.get(path.removeprefix("model/")) or self.file(path))

    def file(self, path: str) -> Answer:
        if path == "_totfjs/info":
            return Answer(b'{"name": "broken"}', kind="application/json")
        folder, _, name = path.partition("/")
        root = {"model": self.model, "_totfjs": bundled("web/page.html").parent}.get(folder)
        if root is None or not (root / name).is_file():
            return Answer(b"not found", 404, "text/plain")
        return Answer((root / name).read_bytes(), kind=type_of(root / name, PAGE_TYPES))

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(answer.announced or len(answer.body)))
        self.send_header("Content-Security-Policy", PAGE_POLICY)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def broken(model: Path, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Serves the page and a model, and `answers` for some of its files; yields the address."""
    handler = type("Handler", (_Handler,), {"model": model, "answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
