"""The server of a driven page: who may ask it, what it gives, and how it ends."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import numpy as np
import pytest

from tests.runtime.browsers.processes import wait_for
from totfjs.runtime.browsers.link import Link

END = struct.pack("<Q", 2**64 - 1)


@pytest.fixture
def link() -> Iterator[Link]:
    opened = Link()
    yield opened
    opened.close()


def ask(link: Link, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> HTTPResponse:
    connection = HTTPConnection(link.host, timeout=10)
    connection.request(method, path, body, headers)
    return connection.getresponse()


def secret(link: Link) -> str:
    return link.address.removeprefix(f"http://{link.host}").removesuffix("/host.html")


def frame(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


def test_it_listens_on_the_loopback_interface_only(link: Link) -> None:
    assert link.address.startswith("http://127.0.0.1:")
    assert link._server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/host.html", "/wrong/host.html", "/wrong/next", "/wrong/alive", "//next"])
def test_nobody_gets_anything_without_the_secret(link: Link, path: str) -> None:
    answer = ask(link, path)
    assert (answer.status, answer.read()) == (404, b"")
    assert not link.arrived.is_set()
    assert ask(link, path.replace("next", "reply"), "POST", frame(b"{}") + END).status == 404
    assert link.replies.empty()


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_leads_here_is_not_served(link: Link, host: str) -> None:
    assert ask(link, f"{secret(link)}/host.js", Host=host).status == 404


@pytest.mark.parametrize("name", ["../stamp", "%2e%2e/stamp", "..%2fstamp", "/etc/passwd", "none.js", "", "."])
def test_only_the_files_of_the_page_are_served(link: Link, name: str) -> None:
    assert ask(link, f"{secret(link)}/{name}").status == 404


def test_the_page_is_isolated_and_says_what_it_may_load(link: Link) -> None:
    answer = ask(link, f"{secret(link)}/host.js")
    assert answer.status == 200 and answer.getheader("Content-Type") == "text/javascript; charset=utf-8"
    assert answer.getheader("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.getheader("Cross-Origin-Embedder-Policy") == "require-corp"
    policy = str(answer.getheader("Content-Security-Policy"))
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy and "'unsafe-eval'" not in policy and "*" not in policy
    assert answer.getheader("Access-Control-Allow-Origin") is None


def test_a_request_reaches_the_page_whole(link: Link) -> None:
    link.send({"command": "load"}, [np.arange(3, dtype=np.uint8), np.empty(0, np.uint8)])
    expected = frame(b'{"command": "load"}') + frame(b"\0\1\2") + frame(b"") + END
    assert ask(link, f"{secret(link)}/next").read() == expected
    assert link.arrived.is_set()


def test_a_request_whose_buffers_fail_is_cut_short_and_its_failure_kept(link: Link) -> None:
    def buffers() -> Iterator[np.ndarray]:
        yield np.arange(2, dtype=np.uint8)
        raise OSError("no disk")

    request = link.send({}, buffers())
    assert ask(link, f"{secret(link)}/next").read() == frame(b"{}") + frame(b"\0\1")
    assert str(request.failure) == "no disk"


def test_a_reply_comes_in_arrays_that_can_be_written_to(link: Link) -> None:
    body = frame(b'{"ok": true}') + frame(b"abc") + END
    assert ask(link, f"{secret(link)}/reply", "POST", body).status == 204
    reply = link.replies.get(timeout=10)
    assert reply.header == {"ok": True}
    (array,) = reply.buffers
    array[0] = ord("x")
    assert array.tobytes() == b"xbc"


def test_half_a_reply_is_none(link: Link) -> None:
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", link._server.server_port)) as page:
        head = f"POST {secret(link)}/reply HTTP/1.0\r\nHost: {link.host}\r\n\r\n"
        page.sendall(head.encode() + frame(b"{}") + struct.pack("<Q", 100) + b"abc")
        assert wait_for(lambda: threading.active_count() == before + 1)
    assert wait_for(lambda: threading.active_count() == before)
    assert link.replies.empty()


def test_the_page_is_gone_when_its_connection_is(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link._server.server_port)) as page:
        page.sendall(f"GET {secret(link)}/alive HTTP/1.0\r\nHost: {link.host}\r\n\r\n".encode())
        assert page.recv(4096).startswith(b"HTTP/1.0 200")
        assert not link.gone.is_set()
    assert link.gone.wait(10)


def test_the_page_comes_to_its_end(link: Link) -> None:
    """A browser draws without pause while a page is still loading."""
    with socket.create_connection(("127.0.0.1", link._server.server_port)) as page:
        page.sendall(f"GET {secret(link)}/host.html HTTP/1.0\r\nHost: {link.host}\r\n\r\n".encode())
        assert page.makefile("rb").read().strip().endswith(b"</html>")
    assert not link.gone.is_set()


def test_no_thread_outlives_the_server() -> None:
    before = threading.active_count()
    link = Link()
    pages = [socket.create_connection(("127.0.0.1", link._server.server_port)) for _ in range(3)]
    for page, path in zip(pages, ("next", "next", "alive"), strict=True):
        page.sendall(f"GET {secret(link)}/{path} HTTP/1.0\r\nHost: {link.host}\r\n\r\n".encode())
    assert wait_for(lambda: threading.active_count() == before + 4)
    link.close()
    link.close()
    for page in pages:
        page.close()
    assert threading.active_count() == before
