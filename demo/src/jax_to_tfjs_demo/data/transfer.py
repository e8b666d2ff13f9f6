"""One exchange with a server over HTTP: what it still owes of a file comes into a part."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse, InvalidURL
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from jax_to_tfjs_demo.data.idx import is_web_page
from jax_to_tfjs_demo.data.part import Origin, Part

PARTIAL, NOT_SATISFIABLE = 206, 416
# too early, too many, or a fault of the moment: worth another try
PASSING = (408, 425, 429, 500, 502, 503, 504)
AT_ONCE = 1 << 16
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class RefusedError(Exception):
    """This server does not have the file, or has another; it reads as the end of a sentence about the server."""


class InterruptedTransferError(Exception):
    """The exchange broke off, and may be taken up again."""


def receive(part: Part, url: str, *, limit: int, timeout: float, advanced: Callable[[], None]) -> None:
    """Appends to the part what is missing of the file, which begins anew when the server's file is another by now."""
    with _answer(part, url, timeout) as response:
        _begin(part, url, response, limit)
        _copy(part, response, limit, timeout, advanced)


def _answer(part: Part, url: str, timeout: float) -> HTTPResponse:
    try:
        # only addresses of mirrors come here, and they begin with http:// or https://
        response: HTTPResponse = urlopen(_request(part, url), timeout=timeout)
        return response
    except HTTPError as error:
        error.close()
        raise _status(part, error) from None
    except URLError as error:
        raise RefusedError(f"cannot be reached ({error.reason})") from None
    except (InvalidURL, ValueError):
        raise RefusedError("is no address that can be opened") from None
    except (OSError, HTTPException) as error:
        raise _broken(error, timeout) from None


def _read(response: HTTPResponse, timeout: float) -> bytes:
    try:
        # what is there is taken at once, so that a cut loses nothing
        return response.read1(AT_ONCE)
    except (OSError, HTTPException) as error:
        raise _broken(error, timeout) from None


def _broken(error: Exception, timeout: float) -> InterruptedTransferError:
    if isinstance(error, TimeoutError):
        return InterruptedTransferError(f"sent nothing for {timeout:g} seconds")
    return InterruptedTransferError(f"cut the connection ({error or type(error).__name__})")


def _request(part: Part, url: str) -> Request:
    headers = {"User-Agent": "jax_to_tfjs_demo", "Accept-Encoding": "identity"}
    if part.origin is not None and part.received:
        headers["Range"] = f"bytes={part.received}-"
        if part.origin.validator is not None:
            headers["If-Range"] = part.origin.validator
    return Request(url, headers=headers)


def _begin(part: Part, url: str, response: HTTPResponse, limit: int) -> None:
    kind = response.headers.get_content_type()
    if kind in ("text/html", "application/xhtml+xml"):
        raise RefusedError(f"answers a web page ({kind}) instead of the file")
    if response.status == PARTIAL:
        _require_continuation(part, url, response)
        return
    origin = _origin(url, response, response.headers.get("Content-Length"))
    if origin.size is not None and origin.size > limit:
        raise RefusedError(f"announces {origin.size:,} bytes, and the file has at most {limit:,}")
    part.begin(origin)


def _require_continuation(part: Part, url: str, response: HTTPResponse) -> None:
    """The rest has to be the rest of the same bytes, and begin where they end."""
    told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    total = told[3] if told else None
    same = part.origin is not None and part.origin.agrees(_origin(url, response, total))
    if not (told and same and int(told[1]) == part.received):
        part.forget()
        raise InterruptedTransferError("has another file by now")


def _copy(part: Part, response: HTTPResponse, limit: int, timeout: float, advanced: Callable[[], None]) -> None:
    first = part.received == 0
    while data := _read(response, timeout):
        if first and is_web_page(data):
            part.forget()
            raise RefusedError("answers a web page instead of the file")
        first = False
        if part.received + len(data) > limit:
            part.forget()
            raise RefusedError(f"sends more than the {limit:,} bytes that the file has at most")
        part.append(data)
        advanced()
    size = part.origin.size if part.origin else None
    if size is not None and part.received < size:
        raise InterruptedTransferError(f"cut the connection after {part.received:,} of {size:,} bytes")


def _origin(url: str, response: HTTPResponse, size: str | None) -> Origin:
    whole = int(size) if size is not None and size.isdecimal() else None
    return Origin(url, whole, response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _status(part: Part, error: HTTPError) -> Exception:
    if error.code == NOT_SATISFIABLE:
        part.forget()
        return InterruptedTransferError("has another file by now")
    said = f"answers {error.code} {error.reason}".rstrip()
    return InterruptedTransferError(said) if error.code in PASSING else RefusedError(said)
