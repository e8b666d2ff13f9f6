"""Downloads: what the server does wrong is noticed, and what can be had after all is had."""

from __future__ import annotations

import hashlib
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.sources.tensorflow.hub.server import Server, send
from totfjs.errors import HubError, UnsafeHubError
from totfjs.sources.tensorflow.hub.transfer import Transfer

BODY = bytes(range(256)) * 4096


def transfer(url: str, place: Path, **more: Any) -> str:
    return Transfer(url, place / "archive", url, **({"pause": 0.0} | more)).run()


def test_a_file_comes_whole_and_its_progress_is_told(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    found = transfer(server.answer("/m", BODY), tmp_path, progress=lambda *step: seen.append(step))
    assert found == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "archive").read_bytes() == BODY
    assert seen[-1] == ("downloading", len(BODY), len(BODY))


def test_a_file_of_no_stated_length_comes_whole(server: Server, tmp_path: Path) -> None:
    transfer(server.answer("/m", BODY, Content_Length=""), tmp_path)
    assert (tmp_path / "archive").read_bytes() == BODY


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    server.answer("/there", BODY)
    server.answer("/on", status=307, Location="/there")
    assert transfer(server.answer("/m", status=302, Location=f"{server.address}/on"), tmp_path)
    assert (tmp_path / "archive").read_bytes() == BODY


@pytest.mark.parametrize(
    ("target", "shown"), [("file:///etc/passwd", "file:"), ("ftp://host/m", "ftp:"), ("data:,x", "data:")]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_off_the_web_are_refused(
    server: Server, tmp_path: Path, target: str, shown: str, status: int
) -> None:
    with pytest.raises(UnsafeHubError, match=f"it redirects to {shown}"):
        transfer(server.answer("/m", status=status, Location=target), tmp_path)


def test_redirects_in_circles_are_given_up(server: Server, tmp_path: Path) -> None:
    server.answer("/b", status=302, Location="/m")
    with pytest.raises(HubError, match="it redirects in circles"):
        transfer(server.answer("/m", status=302, Location="/b"), tmp_path)
    assert len(server.asked) < 30


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "there is no module at this address"), (403, "a licence is accepted"), (418, "the server answers 418")],
)
def test_what_the_server_refuses_is_told_at_once(server: Server, tmp_path: Path, status: int, said: str) -> None:
    with pytest.raises(HubError, match=said) as error:
        transfer(server.answer("/m", status=status), tmp_path)
    assert "give its directory or .tar.gz file" in error.value.remedy
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    def later(request: BaseHTTPRequestHandler) -> None:
        send(request, BODY, 200 if len(server.asked) > 2 else 503)

    server.answers["/m"] = later
    assert transfer(f"{server.address}/m", tmp_path) == hashlib.sha256(BODY).hexdigest()


def test_a_server_that_stays_busy_is_given_up(server: Server, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="the server answers 503 Service Unavailable"):
        transfer(server.answer("/m", status=503), tmp_path)


def test_an_interrupted_download_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    half = len(BODY) // 2

    def interrupted(request: BaseHTTPRequestHandler) -> None:
        if "Range" not in request.headers:
            return send(request, BODY[:half], Content_Length=str(len(BODY)), ETag='"1"')
        assert (request.headers["Range"], request.headers["If-Range"]) == (f"bytes={half}-", '"1"')
        return send(request, BODY[half:], 206, Content_Range=f"bytes {half}-{len(BODY) - 1}/{len(BODY)}")

    server.answers["/m"] = interrupted
    assert transfer(f"{server.address}/m", tmp_path) == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "archive").read_bytes() == BODY


@pytest.mark.parametrize("tag", ["", 'W/"1"', '"1"'])
def test_a_download_begins_again_where_the_server_has_no_parts(server: Server, tmp_path: Path, tag: str) -> None:
    def interrupted(request: BaseHTTPRequestHandler) -> None:
        sent = BODY if len(server.asked) > 1 else BODY[:5000]
        send(request, sent, Content_Length=str(len(BODY)), ETag=tag)

    server.answers["/m"] = interrupted
    assert transfer(f"{server.address}/m", tmp_path) == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "archive").read_bytes() == BODY


def test_a_length_that_is_never_reached_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="the connection ended after 7 of 9,999 bytes"):
        transfer(server.answer("/m", b"1234567", Content_Length="9999"), tmp_path)


def test_another_part_than_was_asked_for_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="another part of it"):
        transfer(server.answer("/m", b"1234567", 206, Content_Range="bytes 3-9/10"), tmp_path)


@pytest.mark.parametrize("length", ["", "2000000"])
def test_more_than_the_limit_is_refused_stated_or_not(server: Server, tmp_path: Path, length: str) -> None:
    with pytest.raises(UnsafeHubError, match="it has more than 1,000 bytes"):
        transfer(server.answer("/m", BODY, Content_Length=length), tmp_path, largest=1000)


def test_a_page_is_no_archive(server: Server, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="is a page to read, not an archive"):
        transfer(server.answer("/m", b"<html>", Content_Type="text/html; charset=utf-8"), tmp_path)


def test_a_server_that_says_nothing_is_given_up(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/m"
        with pytest.raises(HubError, match="the server does not answer"):
            transfer(url, tmp_path, seconds=0.05)


def test_no_connection_at_all_says_how_to_do_without(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/m"
    with pytest.raises(HubError, match="cannot be downloaded: Connection refused") as error:
        transfer(url, tmp_path)
    assert error.value.remedy == "Download the module in a browser, and give its directory or .tar.gz file."


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://host:port/m", "http://a b/m"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(HubError, match="cannot be downloaded"):
        transfer(url, tmp_path)


def test_what_is_no_http_is_told(tmp_path: Path, server: Server) -> None:
    server.answers["/m"] = lambda request: request.wfile.write(b"\0\1\2 what?\r\n\r\n") and None
    with pytest.raises(HubError, match="cannot be downloaded"):
        transfer(f"{server.address}/m", tmp_path)
