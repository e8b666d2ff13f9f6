"""A mirror on this machine, which can be as good or as bad as the mirrors of the world."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mirror:
    files: dict[str, bytes]
    etag: str | None = '"first"'
    modified: str | None = None
    ranges: bool = True
    # ignores If-Range, and sends the rest of whatever it has
    careless: bool = False
    kind: str = "application/gzip"
    status: int = 200
    # after how many bytes each exchange is cut, until there are no more cuts
    cuts: list[int] = field(default_factory=list)
    # answers of the next exchanges in place of the file
    faults: list[int] = field(default_factory=list)
    # sends half, then waits for this
    gate: threading.Event | None = None
    announces_length: bool = True
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @property
    def ranges_asked(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]

    @contextmanager
    def serving(self) -> Iterator[Mirror]:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                mirror.requests.append((self.path, dict(self.headers)))
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/mnist/"
        try:
            yield self
        finally:
            if self.gate is not None:
                self.gate.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        body = self.files.get(to.path.rsplit("/", 1)[-1])
        status = self.faults.pop(0) if self.faults else self.status
        if body is None or status != 200:
            to.send_response(404 if body is None else status)
            to.send_header("Content-Length", "0")
            to.end_headers()
            return
        begin = self._begin(to)
        if begin is not None and begin >= len(body):
            to.send_response(416)
            to.send_header("Content-Range", f"bytes */{len(body)}")
            to.send_header("Content-Length", "0")
            to.end_headers()
            return
        self._send(to, body, begin)

    def _begin(self, to: BaseHTTPRequestHandler) -> int | None:
        wanted, condition = to.headers.get("Range"), to.headers.get("If-Range")
        if wanted is None or not self.ranges:
            return None
        if not self.careless and condition is not None and condition not in (self.etag, self.modified):
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _send(self, to: BaseHTTPRequestHandler, body: bytes, begin: int | None) -> None:
        rest = body[begin or 0 :]
        to.send_response(200 if begin is None else 206)
        to.send_header("Content-Type", self.kind)
        if begin is not None:
            to.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        for name, value in (("ETag", self.etag), ("Last-Modified", self.modified)):
            if value is not None:
                to.send_header(name, value)
        if self.announces_length:
            to.send_header("Content-Length", str(len(rest)))
        else:
            to.send_header("Connection", "close")
            to.close_connection = True
        to.end_headers()
        self._send_body(to, rest)

    def _send_body(self, to: BaseHTTPRequestHandler, rest: bytes) -> None:
        if self.cuts:
            to.wfile.write(rest[: self.cuts.pop(0)])
            to.close_connection = True
        elif self.gate is not None:
            to.wfile.write(rest[: len(rest) // 2])
            to.wfile.flush()
            self.gate.wait(30)
            to.wfile.write(rest[len(rest) // 2 :])
        else:
            to.wfile.write(rest)
