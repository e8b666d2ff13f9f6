"""Whoever reaches the server gets the files of the models and nothing else, and cannot keep others from them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.runtime import graphs
from tests.serving.asking import ask, connected, parsed, raw, read_all
from tests.serving.conftest import write_model
from totfjs.serving import Server, serve
from totfjs.serving.connections import Connections
from totfjs.serving.handler import Handler

WEIGHTS = graphs.dense_weights()
UP = [
    "..",
    "%2e%2e",
    ".%2e",
    "%2E.",
    "..;",
    "..%00",
    "..%20",
    "...",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "%u002e%u002e",
    "．．",
]
BETWEEN = ["/", "%2f", "%2F", "\\", "%5c", "//", "/./", "%252f", "%c0%af"]
PLACES = ["/model", "/model/web", "/_totfjs", "", "/model/web/deep"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with a model, beside and above which lie secrets."""
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "served").mkdir()
    (tmp_path / "served/secret.txt").write_text("SECRET")
    web = write_model(tmp_path / "served/web")
    (web / "deep").mkdir()
    (web / ".env").write_text("SECRET")
    (web / ".git").mkdir()
    (web / ".git/config").write_text("SECRET")
    return tmp_path / "served"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def server(root: Path, said: list[str], capfd: pytest.CaptureFixture[str]) -> Iterator[Server]:
    with serve(root, log=said.append) as running:
        yield running
        assert parsed(raw(running, _get(running, "/model/web/weights.bin"))).body == WEIGHTS, "it serves no more"
    assert capfd.readouterr() == ("", "")
    assert not [line for line in said if "failed" in line]


def _get(server: Server, path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n{more}\r\n".encode()


def test_no_path_leads_out(server: Server) -> None:
    paths = [f"{place}/{up}{between}{name}" for place in PLACES for up in UP for between in BETWEEN
             for name in ("secret.txt", f"{up}{between}secret.txt")]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        for path, answer in zip(paths, pool.map(lambda path: raw(server, _get(server, path)), paths), strict=True):
            assert b"SECRET" not in answer, path
            assert parsed(answer).status in (400, 404), path


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt", "/model/secret.txt", "/model/web/.env", "/model/web/%2eenv", "/model/web/.git/config",
        "/model//web/.env", "/model/web/./.env", "/model/WEB/../web/.env", "/model/web/.env%00.json",
        "file:///secret.txt", "http://127.0.0.1/../secret.txt", "/model/{secret}", "/{secret}", "/model/{secret}/x",
        "/_totfjs/..%2f..%2f..%2f__init__.py", "/_totfjs/host.html/../../totfjs.cjs", "/model/web", "/model/web/",
        "/model/web/deep", "/model/web/deep/", "/model/web/model.json/", "/model/web/model.json/x", "/model",
        "/model/web/model.json%20", "/model/web/model.json.", "/model/web/model.json::$DATA", "/proc/self/environ",
        "/model/proc/self/environ", "/model/web/con", "?", "#", "*", "\\", "/model/web/%", "/model/web/model.json%",
    ],
)  # fmt: skip
def test_only_plain_files_of_models_are_served(server: Server, root: Path, path: str) -> None:
    answer = raw(server, _get(server, path.replace("{secret}", str(root.parent / "secret.txt"))))
    assert b"SECRET" not in answer
    assert parsed(answer).status in (400, 404)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_that_lead_out_are_not_followed(server: Server, root: Path, said: list[str]) -> None:
    (root / "web/file.bin").symlink_to(root.parent / "secret.txt")
    (root / "web/folder").symlink_to(root.parent)
    (root / "web/loop").symlink_to("loop")
    (root / "web/hidden").symlink_to(".env")
    (root / "web/inside.bin").symlink_to("weights.bin")
    for path in ("file.bin", "folder/secret.txt", "folder/served/web/.env", "loop", "hidden"):
        assert ask(server, f"/model/web/{path}").status == 404
    assert ask(server, "/model/web/inside.bin").body == WEIGHTS
    assert "web/file.bin is a link that leads out of the directory, and is not served" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in directories")
def test_a_pipe_is_no_file_to_wait_for(server: Server, root: Path) -> None:
    os.mkfifo(root / "web/pipe.bin")
    os.mkfifo(root / "web/weights.bin.gz")
    assert ask(server, "/model/web/pipe.bin").status == 404
    assert ask(server, "/model/web/weights.bin", Accept_Encoding="gzip").body == WEIGHTS


def test_a_model_that_names_other_files_is_told_nothing_of_them(server: Server, root: Path) -> None:
    document = graphs.dense()
    names = ["../../secret.txt", "../secret.txt", ".env", "/etc/passwd", "..\\secret.txt", "weights.bin"]
    document["weightsManifest"][0]["paths"] = [*names, 7, None]
    (root / "web/model.json").write_text(json.dumps(document))
    rows = json.loads(ask(server, "/_totfjs/info?model=web").body)["files"]
    assert {row["path"]: row["bytes"] for row in rows[1:]} == {**dict.fromkeys(names), "weights.bin": len(WEIGHTS)}


@pytest.mark.parametrize(
    "header",
    [
        "Range: bytes=" + ",".join(f"{n}-{n}" for n in range(3000)), "Range: bytes=0-18446744073709551616",
        "Range: bytes=-99999999999999999999", "Range: bytes=" + "9" * 20000 + "-", "Range: bytes=5-1",
        "Range: bytes=\x00-1", "If-None-Match: " + '"a",' * 5000, "If-Modified-Since: -1",
        "If-Modified-Since: Mon, 99 Foo 99999999 99:99:99 GMT", "Accept-Encoding: " + "gzip;q=0.1," * 2000,
        "Accept-Encoding: gzip;q=1e999", "Origin: " + "a" * 9000, "Expect: 100-continue", "Upgrade: h2c",
        "Connection: keep-alive, close", "X: \xff\xfe", "Cookie: " + "x" * 20000,
    ],
)  # fmt: skip
def test_odd_headers_change_nothing(server: Server, header: str) -> None:
    answer = raw(
        server, _get(server, "/model/web/weights.bin").replace(b"\r\n\r\n", f"\r\n{header}\r\n\r\n".encode("latin-1"))
    )
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert parsed(answer).body == WEIGHTS


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET / HTTP/x\r\n\r\n", 400),
        (b"one two three four\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_no_browser_sends_is_refused(server: Server, request_: bytes, status: int) -> None:
    answer = parsed(raw(server, request_))
    assert (answer.status, answer.headers["connection"]) == (status, "close")


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n\r\n\r\n", b"\x00" * 1000, b"GET\r\n", b"G"]
)
def test_noise_is_no_request(server: Server, request_: bytes) -> None:
    with connected(server) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        assert b"SECRET" not in read_all(connection)


def test_clients_that_vanish_leave_nothing(server: Server, root: Path) -> None:
    (root / "web/large.bin").write_bytes(bytes(8 << 20))
    for request in (b"", b"GET /mod", _get(server, "/model/web/large.bin")):
        for _ in range(10):
            connection = connected(server)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset instead of farewell
            connection.sendall(request)
            connection.close()


def test_a_file_that_is_cut_while_it_is_sent_is_seen_to_be(server: Server, root: Path) -> None:
    large = root / "web/large.bin"
    large.write_bytes(bytes(32 << 20))
    with connected(server) as connection:
        connection.sendall(_get(server, "/model/web/large.bin"))
        connection.recv(1000)
        os.truncate(large, 1000)
        assert len(read_all(connection)) < 32 << 20


# --- slow clients and many clients ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of time, so short that a test can wait for them."""
    monkeypatch.setattr(Handler, "timeout", 2.0)
    monkeypatch.setattr("totfjs.serving.server.Connections", lambda: Connections(most=8, head=2.0, idle=2.0))


@pytest.fixture
def crowd(impatient: None, root: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Server]:
    with serve(root) as running:
        yield running
    assert capfd.readouterr() == ("", "")


def _one_byte_at_a_time(connection: socket.socket, request: bytes, stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        for byte in request:
            connection.sendall(bytes([byte]))
            if stop.wait(0.2):
                return


@pytest.mark.parametrize("request_", [b"GET /" + b"a" * 1000, b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 50, b""])
def test_who_never_ends_a_request_is_left(crowd: Server, request_: bytes) -> None:
    stop, slow = threading.Event(), [connected(crowd, 30) for _ in range(20)]
    threads = [threading.Thread(target=_one_byte_at_a_time, args=(each, request_, stop)) for each in slow]
    for thread in threads:
        thread.start()
    try:
        assert ask(crowd, "/model/web/weights.bin").body == WEIGHTS
        assert all(read_all(each) == b"" for each in slow)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for each in slow:
            each.close()


def test_who_does_not_take_the_answer_is_left(crowd: Server, root: Path) -> None:
    size = 64 << 20  # more than the buffers of the system hold
    (root / "web/large.bin").write_bytes(bytes(size))
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(crowd, 30)) for _ in range(20)]
        for each in slow:
            each.sendall(_get(crowd, "/model/web/large.bin"))
        assert ask(crowd, "/model/web/weights.bin").body == WEIGHTS
        assert sum(len(read_all(each)) < size for each in slow) >= 8  # as many as there was room for


def _whole(server: Server, path: str, body: bytes) -> bool:
    return ask(server, path).body == body


@pytest.mark.parametrize("kept", [False, True], ids=["new connections", "kept connections"])
def test_a_hundred_clients_at_once_are_served(server: Server, root: Path, kept: bool) -> None:
    body = os.urandom(300_000)
    (root / "web/shard.bin").write_bytes(body)
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(100) as pool:
        waiting = [stack.enter_context(connected(server)) for _ in range(100 if kept else 0)]
        for each in waiting:
            each.sendall(_get(server, "/model/web/weights.bin").replace(b"Connection: close\r\n", b""))
        assert all(pool.map(lambda _: _whole(server, "/model/web/shard.bin", body), range(300)))
        assert all(WEIGHTS in each.recv(4096) for each in waiting)


def test_a_thousand_clients_do_not_end_it(server: Server) -> None:
    many: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            with contextlib.suppress(OSError):
                many.append(stack.enter_context(connected(server)))
        for each in many[::2]:
            with contextlib.suppress(OSError):
                each.sendall(_get(server, "/model/web/weights.bin"))
        answered = sum(WEIGHTS in read_all(each) for each in many[::2])
    assert answered == len(many[::2])


def test_closing_ends_what_is_under_way(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "web/large.bin").write_bytes(bytes(64 << 20))
    server = serve(root)
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(connected(server)) for _ in range(3)]
        for each, request in zip(started, (b"", b"GET /mod", _get(server, "/model/web/large.bin")), strict=True):
            each.sendall(request)
        server.close()
        assert all(len(read_all(each)) < 64 << 20 for each in started)
    assert capfd.readouterr() == ("", "")
