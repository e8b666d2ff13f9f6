"""Brings an archive from the web to a file: redirects, interruptions and sizes are watched, and nothing is believed."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from totfjs.errors import HubError
from totfjs.sources.tensorflow.hub.problems import damaged, unreached, unsafe

Progress = Callable[[str, int, int], None]

LARGEST = 16 << 30
_PIECE = 256 << 10
_MOST_REDIRECTS = 10
_SECONDS = 30.0
_ATTEMPTS = 4
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_BROKEN = (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError)
_SAID = {
    400: "the server does not understand the address",
    401: "the server wants to know who asks",
    403: "the server wants to know who asks, or that a licence is accepted",
    404: "there is no module at this address",
    410: "the module is there no more",
    **dict.fromkeys(_REDIRECTS, "it redirects in circles"),
}


@dataclass
class Transfer:
    """One download; `label` is what to call it. `pause` is slept between attempts, longer each time."""

    url: str
    path: Path
    label: str
    progress: Progress = lambda stage, done, total: None
    largest: int = LARGEST
    seconds: float = _SECONDS
    pause: float = 0.5
    done: int = 0
    total: int = 0
    version: str = ""
    _hash: Any = field(default_factory=hashlib.sha256)

    def run(self) -> str:
        """Download the file; returns its SHA-256."""
        for attempt in range(_ATTEMPTS):
            with self.path.open("ab") as file:
                why = self._attempt(file)
            if not why:
                return str(self._hash.hexdigest())
            if attempt + 1 < _ATTEMPTS:
                time.sleep(self.pause * 2**attempt)
        raise unreached(self.label, why)

    def _attempt(self, file: IO[bytes]) -> str:
        """Go on where the last attempt ended; returns what may be gone at the next one, or ''."""
        try:
            with self._opened() as response:
                self._begin(file, response)
                return self._copied(file, response)
        except HTTPError as error:
            error.close()
            if error.code in _PASSING:
                return f"the server answers {error.code} {error.reason}"
            raise unreached(self.label, _SAID.get(error.code, f"the server answers {error.code}")) from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError | ConnectionError):
                return _reason(error.reason)
            raise unreached(self.label, _reason(error.reason)) from error
        except _BROKEN as error:
            return _reason(error)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        headers = {"Accept-Encoding": "identity", "User-Agent": "totfjs"}
        if self.done and self.version:
            headers |= {"Range": f"bytes={self.done}-", "If-Range": self.version}
        try:
            if not (parts := urlsplit(self.url)).hostname or parts.port == 0:
                raise ValueError(self.url)
            opened = _opener().open(Request(self.url, headers=headers), timeout=self.seconds)
        except (ValueError, http.client.InvalidURL) as error:
            raise unreached(self.label, "it is no address", "Check the address.") from error
        with opened as response:
            yield response

    def _begin(self, file: IO[bytes], response: Any) -> None:
        """Take up what the server sends: the rest, or all of it again."""
        _check_kind(self.label, response)
        length = int(text) if (text := response.headers.get("Content-Length", "")).isdecimal() else 0
        resumed = response.status == 206 and str(response.headers.get("Content-Range", "")).startswith(
            f"bytes {self.done}-"
        )
        if response.status == 206 and not resumed:
            raise damaged(self.label, "the server sends another part of it than the one that was asked for")
        if not resumed:
            file.truncate(0)
            self.done, self._hash = 0, hashlib.sha256()
        self.total = self.done + length if length else 0
        tag = response.headers.get("ETag", "")
        self.version = "" if tag.startswith("W/") else tag
        self._check_size(max(self.total, self.done))

    def _copied(self, file: IO[bytes], response: Any) -> str:
        while piece := response.read1(_PIECE):
            file.write(piece)
            self._hash.update(piece)
            self.done += len(piece)
            self._check_size(self.done)
            self.progress("downloading", self.done, max(self.total, self.done) if self.total else 0)
        if self.done < self.total:
            return f"the connection ended after {self.done:,} of {self.total:,} bytes"
        return ""

    def _check_size(self, size: int) -> None:
        if size > self.largest:
            raise unsafe(self.label, f"it has more than {self.largest:,} bytes")


class _Redirects(HTTPRedirectHandler):
    """Follows redirects on the web alone, and none from a protected to an open connection."""

    max_redirections = max_repeats = _MOST_REDIRECTS

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        target = urljoin(req.full_url, headers.get("Location", ""))
        scheme, before = urlsplit(target).scheme, urlsplit(req.full_url).scheme
        if scheme not in ("https", "http") or (before == "https" and scheme == "http"):
            fp.close()
            raise unsafe(req.full_url, f"it redirects to {target}")
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opener() -> OpenerDirector:
    """Proxies and certificates are those of the environment."""
    return build_opener(_Redirects)


def _check_kind(url: str, response: Any) -> None:
    kind = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    if kind in ("text/html", "application/xhtml+xml"):
        raise HubError(
            f"{url} is a page to read, not an archive.",
            remedy="Give the address of a TensorFlow module, or download it in a browser and give the directory.",
        )


def _reason(error: object) -> str:
    """What went wrong with a connection, in a few words."""
    if isinstance(error, TimeoutError):
        return "the server does not answer"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")
