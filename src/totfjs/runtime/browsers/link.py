"""The loopback server of a driven page: it hands out requests, takes the answers, and notices when the page is gone."""

from __future__ import annotations

import json
import queue
import secrets
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any, ClassVar

from totfjs.runtime.browsers import frames
from totfjs.runtime.bundled import bundled
from totfjs.runtime.channel import Bytes, Reply

# How long an unanswered question of the page for a request stays open.
_PATIENCE = 20.0
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # threads of the wasm backend are workers made of blobs, whose scripts are blobs too
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src blob:; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


@dataclass
class _Request:
    """A request on its way to the page, and why it did not get there."""

    header: Mapping[str, Any]
    buffers: Iterable[Bytes]
    failure: BaseException | None = None


class Link:
    """A server on the loopback interface for one page, behind an address that nobody can guess.

    `arrived` is set when the page asks for its first request, `gone` when it has ended or crashed.
    """

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)
        # None says to whoever waits that the server ends
        self.requests: queue.Queue[_Request | None] = queue.Queue()
        self.replies: queue.Queue[Reply] = queue.Queue()
        self.arrived, self.gone = threading.Event(), threading.Event()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"link": self}))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{self.host}/{self._token}/host.html"

    def path_of(self, request: str, host: str | None) -> str | None:
        """What a request asks for below the secret part of the address; None for everybody else's."""
        secret, _, path = request.partition("?")[0].removeprefix("/").partition("/")
        known = host == self.host and secrets.compare_digest(secret.encode(), self._token.encode())
        return path if known else None

    def send(self, header: Mapping[str, Any], buffers: Iterable[Bytes]) -> _Request:
        """Hands a request to the page when it asks for the next."""
        request = _Request(header, buffers)
        self.requests.put(request)
        return request

    def close(self) -> None:
        """Ends the server, its connections and its threads."""
        self.gone.set()
        self.requests.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        if self._thread is not threading.current_thread():
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self._connections: dict[threading.Thread, socket] = {}
        super().__init__(*arguments)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serves one connection, which is known as long as it lasts."""
        self._connections[threading.current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._connections[threading.current_thread()]

    def end_connections(self) -> None:
        """Ends what is still connected, and waits for the threads of it."""
        for thread, connection in list(self._connections.items()):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
            if thread is not threading.current_thread():
                thread.join(1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that is killed leaves its connections behind, which is nothing to be told."""


class _Handler(BaseHTTPRequestHandler):
    link: ClassVar[Link]
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """The page and its files, the next request, and the connection that tells whether the page lives."""
        path = self.link.path_of(self.path, self.headers["Host"])
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
        if self.link.path_of(self.path, self.headers["Host"]) != "reply":
            self._empty(404)
            return
        header, *buffers = frames.read(self.rfile)
        self._empty(204)
        self.link.replies.put(Reply(json.loads(header.tobytes()), tuple(buffers)))

    def _next(self) -> None:
        self.link.arrived.set()
        try:
            request = self.link.requests.get(timeout=_PATIENCE)
        except queue.Empty:
            self._empty(204)
            return
        if request is None:
            self.link.requests.put(None)
            return
        self._head(200, "application/octet-stream")
        try:
            frames.write(self.wfile, frames.encoded(request.header), request.buffers)
        except ConnectionError:
            self.link.gone.set()
        except BaseException as error:
            # cut short, so that the page forgets it; whoever sent it hears why
            request.failure = error

    def _alive(self) -> None:
        """An answer that never ends: when the page dies, in whatever way, its connection does too."""
        self._head(200, "text/plain")
        with suppress(OSError):
            while self.connection.recv(1):
                pass
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
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def _empty(self, status: int) -> None:
        self._head(status, "text/plain", 0)

    def log_message(self, *words: Any) -> None:
        """Nothing: the terminal belongs to the caller."""
