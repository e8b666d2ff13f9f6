"""Published files from mirrors: one after another, resumed where they were cut, in place only when they are right."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jax_to_tfjs_demo.data import part
from jax_to_tfjs_demo.data.catalogue import File
from jax_to_tfjs_demo.data.checked import content_bytes, published
from jax_to_tfjs_demo.data.transfer import InterruptedTransferError, RefusedError, receive
from jax_to_tfjs_demo.errors import DemoError

MEGABYTE = 1_000_000
# what compression may add to bytes that cannot be compressed
OVERHEAD = 1 << 16


@dataclass(frozen=True)
class Received:
    """How far the download of one file is; `total` is `None` when the server does not say."""

    file: str
    done: int
    total: int | None

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def text(self) -> str:
        """As it is said beside a bar."""
        whole = f" of {self.total / MEGABYTE:.1f}" if self.total else ""
        return f"{self.file}  {self.done / MEGABYTE:.1f}{whole} MB"


@dataclass(frozen=True)
class Patience:
    """How long a server may be silent, and how often in a row it may fail to send anything more."""

    timeout: float = 15.0
    attempts: int = 4
    pause: float = 0.5


class UnavailableError(DemoError):
    """No mirror gave the file."""


@dataclass(frozen=True)
class Errand:
    """One file to be fetched, and who is told of it."""

    file: File
    target: Path
    log: Callable[[str], None]
    progress: Callable[[Received], None]
    patience: Patience = Patience()


def fetch(errand: Errand, mirrors: Sequence[str]) -> str:
    """Puts a file into its place and says from which mirror. What the place holds is replaced in one step."""
    errand.target.parent.mkdir(parents=True, exist_ok=True)
    for mirror in mirrors:
        try:
            _fetch_from(errand, f"{mirror.rstrip('/')}/{errand.file.name}")
        except RefusedError as refusal:
            errand.log(f"{errand.file.name}: {_host(mirror)} {refusal}.")
        else:
            return mirror
    raise UnavailableError(
        f"{errand.file.name} could not be had from any mirror.",
        remedy="Connect to the network and try again, or name a folder that holds the files by --data-dir.",
    )


def _fetch_from(errand: Errand, url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise RefusedError("is not an address of http or https")
    with part.opened(errand.target, url) as receiving:
        data = _whole(errand, receiving, url)
    place(data, errand.target)
    part.discard_all(errand.target)


def _whole(errand: Errand, receiving: part.Part, url: str) -> bytes:
    """The bytes of the file, checked, after as many exchanges as it takes."""
    furthest, failures = receiving.received, 0
    while True:
        resumed = receiving.received > 0
        try:
            if not receiving.complete:
                _exchange(errand, receiving, url)
            return _checked(errand, receiving, resumed)
        except InterruptedTransferError as interruption:
            failures = 0 if receiving.received > furthest else failures + 1
            furthest = max(furthest, receiving.received)
            if failures >= errand.patience.attempts:
                raise RefusedError(f"{interruption}, {failures} times in a row") from None
            time.sleep(errand.patience.pause * failures)


def _exchange(errand: Errand, receiving: part.Part, url: str) -> None:
    def advanced() -> None:
        total = receiving.origin.size if receiving.origin else None
        errand.progress(Received(errand.file.name, receiving.received, total))

    limit = content_bytes(errand.file) + OVERHEAD
    receive(receiving, url, limit=limit, timeout=errand.patience.timeout, advanced=advanced)


def _checked(errand: Errand, receiving: part.Part, resumed: bool) -> bytes:
    data = receiving.content()
    try:
        published(data, errand.file, "what it sends")
    except DemoError as error:
        receiving.forget()
        if resumed:
            # the beginning was another run's, and may be what is wrong
            raise InterruptedTransferError("sent a rest that does not fit") from None
        raise RefusedError(f"is passed over: {error.message.rstrip('.')}") from None
    return data


def place(data: bytes, target: Path) -> None:
    """Writes a file beside its place, then moves it there, so that nobody ever reads half of it."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}-{secrets.token_hex(4)}.new")
    try:
        fresh.write_bytes(data)
        fresh.replace(target)
    except PermissionError:
        # Windows replaces nothing that is being read; another process may have put the same there
        if not target.is_file() or target.read_bytes() != data:
            raise
    finally:
        with suppress(OSError):
            fresh.unlink()


def _host(mirror: str) -> str:
    try:
        return urlsplit(mirror).netloc or mirror
    except ValueError:
        return mirror
