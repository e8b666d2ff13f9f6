"""The loopback server of a driven page: it hands out requests, takes the answers, and notices when the page is gone."""

from __future__ import annotations

import json
import queue
import secrets
import struct
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, ClassVar

import numpy as np

from totfjs.runtime.bundled import bundled
from totfjs.runtime.channel import Bytes, Reply

_LENGTH = struct.Struct("<Q")
_END = 2**64 - 1
# How long an unanswered question of the page for a request stays open.
_PATIENCE = 20.0
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}


@dataclass
class _Request:
    """A request on its way to the page, and what became of it."""

    header: Mapping[str, Any]
    buffers: Iterable[Bytes]
    failure: BaseException | None = None
    sent: threading.Event = field(default_factory=threading.Event)


class Link:
    """A server on the loopback interface with one page, behind an address that nobody can guess."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)
        self.requests: queue.Queue[_Request] = queue.Queue()
        self.replies: queue.Queue[Reply] = queue.Queue()
        self.arrived, self.gone = threading.Event(), threading.Event()
        handler = type("Handler", (_Handler,), {"link": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_port}/{self._token}/host.html"

    def path_of(self, request: str) -> str | None:
        """What a request asks for below the secret part of the address; None for everybody else's."""
        secret, _, path = request.partition("?")[0].removeprefix("/").partition("/")
        return path if secrets.compare_digest(secret.encode(), self._token.encode()) else None

    def send(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> _Request:
        """Hands a request to the page when it asks for the next."""
        request = _Request(header, buffers)
        self.requests.put(request)
        return request

    def close(self) -> None:
        """Ends the server."""
        self.gone.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that is killed leaves its connections behind, which is nothing to be told."""


class _Handler(BaseHTTPRequestHandler):
    link: ClassVar[Link]

    def do_GET(self) -> None:
        """The files of the page, the next request, and the connection that tells whether the page lives."""
        path = self.link.path_of(self.path)
        match path:
            case None:
                self._empty(404)
            case "next":
                self._next()
            case "alive":
                self._alive()
            case _:
                self._file(path)

    def do_POST(self) -> None:
        """The answer to a request."""
        if self.link.path_of(self.path) != "reply":
            self._empty(404)
            return
        frames: list[Bytes] = []
        while (length := _LENGTH.unpack(_read(self.rfile, _LENGTH.size))[0]) != _END:
            frames.append(np.frombuffer(_read(self.rfile, length), np.uint8))
        self._empty(204)
        self.link.replies.put(Reply(json.loads(frames[0].tobytes()), tuple(frames[1:])))

    def _next(self) -> None:
        self.link.arrived.set()
        try:
            request = self.link.requests.get(timeout=_PATIENCE)
        except queue.Empty:
            self._empty(204)
            return
        self._head(200, "application/octet-stream")
        try:
            _frame(self.wfile, np.frombuffer(json.dumps(request.header).encode(), np.uint8))
            for buffer in request.buffers:
                _frame(self.wfile, buffer)
            self.wfile.write(_LENGTH.pack(_END))
            self.wfile.flush()
        except BaseException as error:
            # cut short, so that the page forgets it; whoever sent it hears why
            request.failure = error
        request.sent.set()

    def _alive(self) -> None:
        self._head(200, "text/plain")
        self.wfile.flush()
        _wait_for_end(self.connection)
        self.link.gone.set()

    def _file(self, name: str) -> None:
        folder = bundled("web/host.html").parent
        path = folder / name
        if "/" in name or name not in {each.name for each in folder.iterdir()}:
            self._empty(404)
            return
        content = path.read_bytes()
        self._head(200, _TYPES.get(path.suffix, "application/octet-stream"), len(content))
        self.wfile.write(content)

    def _head(self, status: int, kind: str, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()

    def _empty(self, status: int) -> None:
        self._head(status, "text/plain", 0)

    def log_message(self, *words: Any) -> None:
        """Nothing: the terminal belongs to the caller."""


def _frame(stream: Any, buffer: Bytes) -> None:
    stream.write(_LENGTH.pack(buffer.nbytes))
    stream.write(buffer.data)


def _read(stream: Any, length: int) -> bytes:
    content: bytes = stream.read(length)
    if len(content) != length:
        raise EOFError
    return content


def _wait_for_end(connection: socket) -> None:
    """Returns when the other side is gone."""
    try:
        while connection.recv(1):
            pass
    except OSError:
        return
