"""A server on this machine that gives the answers it is told to, right or wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass(frozen=True)
class Answer:
    """An answer: `length` is what the server announces where that is not true, and `coding` its Content-Encoding."""

    body: bytes
    status: int = 200
    kind: str = "application/octet-stream"
    length: int | None = None
    coding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(b"not found", 404, "text/plain")


class _Handler(BaseHTTPRequestHandler):
    find: ClassVar[Callable[[str], Answer]]

    def do_GET(self) -> None:
        answer = type(self).find(self.path)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        if answer.coding:
            self.send_header("Content-Encoding", answer.coding)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client leaves a file that is far too long before its end."""


@contextmanager
def serving(find: Callable[[str], Answer]) -> Iterator[str]:
    """A server that asks `find` for the answer to a path; its address."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"find": staticmethod(find)}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(answers: Mapping[str, Sequence[Answer]]) -> Iterator[tuple[str, dict[str, int]]]:
    """A server that gives these answers by path, in turn; its address, and how often each path was asked for."""
    asked: dict[str, int] = {}

    def find(path: str) -> Answer:
        turn = asked[path] = asked.get(path, 0) + 1
        given = answers.get(path) or [NOT_FOUND]
        return given[min(turn, len(given)) - 1]

    with serving(find) as address:
        yield address, asked
