"""Answers requests for the files of a site."""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Iterable
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from http.server import BaseHTTPRequestHandler
from socket import SHUT_WR
from typing import IO, TYPE_CHECKING, Any, ClassVar

from totfjs.serving.content import codings_beside, matches, preferred, tag_of
from totfjs.serving.headers import MODEL_POLICY, SAFE
from totfjs.serving.hosts import is_ours, name_in
from totfjs.serving.info import describe
from totfjs.serving.paths import names_of
from totfjs.serving.ranges import UnsatisfiableError, range_of
from totfjs.serving.site import Found, LeadsOutsideError, OwnSite, Site

if TYPE_CHECKING:
    from totfjs.serving.server import Listener

_PIECE = 64 * 1024
_LONGEST_HEAD = 32 * 1024
_DRAINING, _MOST_DRAINED = 1.0, 1 << 20
FOREVER, CHECKED = "public, max-age=31536000, immutable", "no-cache"
_TEXTS = {
    400: "This is no request that a browser makes.",
    404: "There is no such file here.",
    405: "Files can only be read here.",
    416: "The file has no such bytes.",
    421: "This server is not called by that name; open it by the address that it printed.",
    500: "Something went wrong in totfjs serve.",
}


class _Head:
    """What a client sends, of which a head may take so much and no more."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, _LONGEST_HEAD

    def begin(self) -> bool:
        """Wait for a first byte; False when there is none to come."""
        self._left = _LONGEST_HEAD
        return bool(self._stream.peek(1))

    def readline(self, limit: int) -> bytes:
        """A line; one that is too long is an error, as too many are."""
        line: bytes = self._stream.readline(min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise HTTPException("Too long a head")
        return line

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Listener
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 30.0  # for each piece that is sent or read
    wbufsize = 0
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Reads a request and answers it, or says why not."""
        self.requestline = self.request_version = self.command = ""
        self.headers: HTTPMessage = HTTPMessage()
        self._begun = False
        try:
            if not self._read_head():
                self.close_connection = True
                return
            self.server.connections.answer(self.connection)
            self._respond()
            self.server.connections.wait(self.connection)
        except (ConnectionError, TimeoutError, OSError):
            self.close_connection = True
        except Exception as error:
            self.close_connection = True
            self._fail(error)

    def setup(self) -> None:
        """Limits what a head may take."""
        super().setup()
        self.rfile: Any = _Head(self.rfile)

    def _read_head(self) -> bool:
        if not self.rfile.begin():
            return False
        self.server.connections.read(self.connection)
        try:
            self.raw_requestline = self.rfile.readline(_LONGEST_HEAD + 1)
        except HTTPException:
            self.send_error(414)
            return False
        return bool(self.raw_requestline) and self.parse_request()

    def _respond(self) -> None:
        if not self._is_sound():
            self.send_error(400)
        elif self.command not in ("GET", "HEAD", "OPTIONS"):
            self.send_error(405)
        elif not self._is_called_rightly():
            self.server.problem(f"a request for the host {self.headers.get('Host')!r} was refused")
            self.send_error(421)
        elif self.command == "OPTIONS":
            self._send_options()
        else:
            self._send_what_was_asked_for()

    def _is_sound(self) -> bool:
        """Whether this is one whole request, without a body, for one host."""
        hosts, lengths = self.headers.get_all("Host", []), self.headers.get_all("Content-Length", ["0"])
        named = len(hosts) == 1 or (not hosts and self.request_version == "HTTP/1.0")
        if lengths != ["0"] or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # the body is not read
            return named and self.command not in ("GET", "HEAD", "OPTIONS")
        return named

    def _is_called_rightly(self) -> bool:
        """A page of another site may have made its name lead here; it gets nothing, unless everyone may read."""
        header = self.headers.get("Host")
        if header is None or self.server.sharing.everyone:
            return True
        name = name_in(header)
        return name is not None and is_ours(name, self.server.host)

    def _send_options(self) -> None:
        asked = {name: self.headers.get(name) for name in ("Origin", "Access-Control-Request-Private-Network")}
        origin = asked["Origin"]
        self._head(204, [("Allow", "GET, HEAD, OPTIONS"), *self._shared(origin), *self.server.sharing.preflight(asked)])

    def _send_what_was_asked_for(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/_totfjs/info" and isinstance(self.server.site, Site):
            self._send_info(self.server.site, query)
            return
        names = names_of(path)
        found = self._find(names)
        if found is not None and self._send_file(found, query):
            return
        own = isinstance(self.server.site, OwnSite)
        if own and names is not None and names[-1] and self._find((*names, "")) is not None:
            self._head(308, [("Location", f"{path}/{query and '?' + query}"), ("Cache-Control", CHECKED)])
            return
        if own or path.startswith("/model/"):
            self.server.problem(f"{path} was asked for, and is not there")
        self.send_error(404)

    def _find(self, names: tuple[str, ...] | None) -> Found | None:
        try:
            return self.server.site.find(names) if names is not None else None
        except LeadsOutsideError as error:
            self.server.problem(f"{error} is a link that leads out of the directory, and is not served")
            return None

    def _send_info(self, site: Site, query: str) -> None:
        described = describe(site, query)
        if described is None:
            self.send_error(404)
            return
        content = json.dumps(described).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", CHECKED),
            ("Content-Security-Policy", MODEL_POLICY),
        ]
        self._head(200, [*headers, *self._shared(self.headers.get("Origin"))], len(content))
        self._body(content)

    def _send_file(self, found: Found, query: str) -> bool:
        """Sends a file, or its part; False where it is gone."""
        try:
            facts = found.path.stat()
            asked = self.headers.get("Range") if self.command == "GET" else None
            beside = codings_beside(found.path, facts)
            coding = "" if asked else preferred(self.headers.get("Accept-Encoding", ""), beside)
            file: IO[bytes] = beside.get(coding, found.path).open("rb")
        except OSError:
            return False
        with file:
            self._send_opened(file, found, query, coding, bool(beside), asked)
        return True

    def _send_opened(
        self, file: IO[bytes], found: Found, query: str, coding: str, varies: bool, asked: str | None
    ) -> None:
        facts = os.fstat(file.fileno())
        size, tag, date = facts.st_size, tag_of(facts, coding), formatdate(facts.st_mtime, usegmt=True)
        headers = [("ETag", tag), ("Last-Modified", date), *self._of(found, coding, varies, query, tag)]
        if self._has_it(tag, facts.st_mtime):
            self._head(304, headers, None)
            return
        headers.append(("Content-Type", found.kind))
        try:
            part = range_of(asked, size) if self.headers.get("If-Range", tag) in (tag, date) else None
        except UnsatisfiableError:
            self.send_error(416, headers=[("Content-Range", f"bytes */{size}"), *headers])
            return
        start, end = part or (0, size)
        if part:
            headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
        self._head(206 if part else 200, headers, end - start)
        if self.command != "HEAD":
            self._copy(file, start, end)

    def _of(self, found: Found, coding: str, varies: bool, query: str, tag: str) -> Iterable[tuple[str, str]]:
        """The headers that depend on the file."""
        yield "Cache-Control", FOREVER if self.server.hashes.confirm(found.path, query) else CHECKED
        yield "Accept-Ranges", "bytes"
        if found.policy is not None:
            yield "Content-Security-Policy", found.policy
        if coding:
            yield "Content-Encoding", coding
        yield from self._shared(self.headers.get("Origin"), varies) if found.of_model else self._own(varies)

    def _own(self, varies: bool) -> Iterable[tuple[str, str]]:
        yield "Cross-Origin-Resource-Policy", "same-origin"
        if varies:
            yield "Vary", "Accept-Encoding"

    def _shared(self, origin: str | None, varies: bool = False) -> Iterable[tuple[str, str]]:
        yield from self.server.sharing.headers(origin)
        names = ["Accept-Encoding"] * varies + ["Origin"] * self.server.sharing.varies
        if names:
            yield "Vary", ", ".join(names)

    def _has_it(self, tag: str, modified: float) -> bool:
        """Whether the client has this very file already."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return matches(tags, tag)
        since = self.headers.get("If-Modified-Since")
        try:
            return since is not None and int(modified) <= parsedate_to_datetime(since).timestamp()
        except (ValueError, OverflowError, TypeError):
            return False

    def _copy(self, file: IO[bytes], start: int, end: int) -> None:
        file.seek(start)
        while start < end:
            piece = file.read(min(_PIECE, end - start))
            if not piece:  # it was cut while it was read: the client sees that bytes are missing
                self.close_connection = True
                return
            self.wfile.write(piece)
            start += len(piece)

    def _head(self, status: int, headers: Iterable[tuple[str, str]], length: int | None = 0) -> None:
        """Sends the status and the headers."""
        self._begun = True
        if self.request_version == "HTTP/0.9":  # also what could not be read; no client of that age is left
            self.request_version = "HTTP/1.0"
        self.send_response(status)
        if length is not None and status != 204:
            self.send_header("Content-Length", str(length))
        for name, value in [*SAFE.items(), *headers]:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _body(self, content: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Says in a line of text what is wrong; the connection ends where the client may still be sending."""
        status = 405 if code == 501 else code
        text = f"{_TEXTS.get(status) or message or HTTPStatus(status).phrase}\n".encode()
        if status not in (404, 416, 421):
            self.close_connection = True
        allow = [("Allow", "GET, HEAD, OPTIONS")] if status == 405 else []
        kept = [
            (name, value)
            for name, value in headers
            if name not in ("Content-Type", "Cache-Control", "Content-Encoding")
        ]
        plain = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        policy = [] if kept else [("Content-Security-Policy", MODEL_POLICY)]
        shared = [] if kept else list(self._shared(self.headers.get("Origin")))
        self._head(status, [*plain, *policy, *allow, *shared, *kept], len(text))
        self._body(text)
        if self.close_connection:
            self._drain()

    def _drain(self) -> None:
        """Takes what the client still sends, some of it: else the system throws away the answer before it is read."""
        self.connection.shutdown(SHUT_WR)
        self.connection.settimeout(_DRAINING)
        left, end = _MOST_DRAINED, time.monotonic() + _DRAINING
        while left > 0 and time.monotonic() < end:
            piece = self.connection.recv(_PIECE)
            if not piece:
                return
            left -= len(piece)

    def _fail(self, error: Exception) -> None:
        self.server.problem(f"a request failed: {type(error).__name__}: {error}")
        if self.server.verbose:
            self.server.log(traceback.format_exc())
        if not self._begun:
            self.send_error(500)

    def version_string(self) -> str:
        """Not which Python this is."""
        return "totfjs"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A line for each request, where the user asked for them."""
        if self.server.verbose:
            self.server.log(f"{self.client_address[0]} {self.requestline!r} {code}")

    def log_message(self, *words: Any) -> None:
        """Nothing else is told: problems are told by themselves."""
