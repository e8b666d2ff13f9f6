"""Starts the server of a web model, and ends it."""

from __future__ import annotations

import errno
import os
import re
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import quote

from totfjs.errors import ServeError, UsageError
from totfjs.runtime.bundled import bundled
from totfjs.serving.connections import Connections
from totfjs.serving.handler import Handler
from totfjs.serving.hashes import Hashes
from totfjs.serving.headers import Sharing
from totfjs.serving.hosts import is_loopback
from totfjs.serving.site import OwnSite, Site

PORT = 8765
_TRIED = 20
_PROBLEMS = 100
_ORIGIN = re.compile(r"https?://([^\s/:@?#,;*\[\]]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?")

Log = Callable[[str], None]


def serve(
    model_dir: str | Path,
    port: int | None = 0,
    *,
    host: str = "127.0.0.1",
    cors: Iterable[str] = (),
    verbose: bool = False,
    log: Log | None = None,
) -> Server:
    """Serves a web model, or a directory of several, and a page that runs them, until the result is closed.

    A directory with an `index.html` is served as the site that it is. Port 0 is any free one; None the usual one, or
    one after it. `cors` are origins whose pages may read the model, "*" for all. `log` takes a line for each problem,
    and with `verbose` for each request.
    """
    sharing = Sharing(tuple(_origin(each) for each in ([cors] if isinstance(cors, str) else cors)))
    site = OwnSite.of(model_dir) or Site.of(model_dir, bundled("web/host.html").parent)
    return Server(_listening(host, port, site, sharing, log or (lambda _: None), verbose))


class Server:
    """A running server. `url` is where its page is, `urls` those of the pages of its models by their path."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True, name="totfjs-serve")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        host = self._listener.host
        name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"

    @property
    def urls(self) -> dict[str, str]:
        """Where the page of each model is."""
        return {path: f"{self.url}?model={quote(path)}" if path else self.url for path in self._listener.site.models()}

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self._listener.host.lower())

    def wait(self) -> None:
        """Wait until it is closed, or until Ctrl-C."""
        while self._thread.is_alive():
            self._thread.join(0.5)  # without a time Windows does not hear Ctrl-C

    def close(self) -> None:
        """Ends it, and whatever it is about to send."""
        self._listener.end()
        self._thread.join()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Server of {self._listener.site.root} at {self.url}>"


class Listener(ThreadingHTTPServer):
    """Takes connections, each into a thread of its own, and not more than it can bear."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = os.name != "nt"  # there it would mean to share the port with another program

    def __init__(self, host: str, port: int, site: Site | OwnSite, sharing: Sharing, log: Log, verbose: bool) -> None:
        self.host, self.site, self.sharing, self.log, self.verbose = host, site, sharing, log, verbose
        self.hashes = Hashes()
        self._told: set[str] = set()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self.connections = Connections()

    def server_bind(self) -> None:
        """Takes the address, without asking anybody what it is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread when there is room for one; until then, clients wait in the queue of the system."""
        if not self.connections.enter(request):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # the system gives no more threads
            self.connections.leave(request)
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, from its first request to its last."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.leave(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that vanish are nothing to be told; failures have been told by the handler."""

    def problem(self, line: str) -> None:
        """Tell a problem, once."""
        if line not in self._told and len(self._told) < _PROBLEMS:
            self._told.add(line)
            self.log(line)

    def end(self) -> None:
        """Stop listening and close all connections."""
        self.connections.close()
        self.shutdown()
        self.server_close()


def _listening(host: str, port: int | None, *rest: Any) -> Listener:
    """A listener at the port, or at the next free one where none was asked for."""
    tried = range(PORT, PORT + _TRIED) if port is None else [port]
    for each in tried:
        try:
            return Listener(host, each, *rest)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES) and each != tried[-1]:
                continue
            raise _refused(host, each, error) from error
        except OverflowError as error:
            raise UsageError(f"{each} is not a port.", remedy="Give one between 0 and 65535.") from error
    raise AssertionError("unreachable")


def _refused(host: str, port: int, error: OSError) -> ServeError:
    if error.errno == errno.EADDRINUSE:
        return ServeError(
            f"Port {port} is taken by another program.", remedy="Choose another --port; 0 is any free one."
        )
    if error.errno == errno.EACCES:
        return ServeError(
            f"Port {port} is not allowed for you.", remedy="Choose a --port above 1023; 0 is any free one."
        )
    return ServeError(
        f"This machine has no address {host} to serve at.",
        remedy="Give one that it has as --host, or leave --host out to serve this machine alone.",
    )


def _origin(text: str) -> str:
    if text != "*" and not _ORIGIN.fullmatch(text):
        raise UsageError(
            f"{text!r} is not an origin.", remedy='Write it as in --cors https://example.com, or "*" for every site.'
        )
    return text.lower()
