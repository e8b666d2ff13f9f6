import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from jax_to_tfjs_demo.data import download
from jax_to_tfjs_demo.data.download import Errand, Patience, Received, UnavailableError, fetch
from tests.demo.data.mirror import Mirror
from tests.demo.data.small import ENTRY, PACKED, PLAIN

FILE = ENTRY.train_images
GOOD = PACKED[FILE.name]
# another packing of the same content, as other mirrors have it
REPACKED = gzip.compress(PLAIN[FILE.plain_name], compresslevel=1, mtime=1)
PATIENCE = Patience(timeout=5, attempts=3, pause=0)


class Told:
    """What was said, and how the download went on."""

    def __init__(self, target: Path, patience: Patience = PATIENCE) -> None:
        self.lines: list[str] = []
        self.received: list[Received] = []
        self.errand = Errand(FILE, target, self.lines.append, self.received.append, patience)

    def fetch(self, *mirrors: Mirror | str) -> str:
        return fetch(self.errand, [mirror if isinstance(mirror, str) else mirror.url for mirror in mirrors])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "kept" / FILE.name


@pytest.fixture
def told(target: Path) -> Told:
    return Told(target)


def left_over(target: Path) -> Sequence[str]:
    return [path.name for path in target.parent.iterdir() if path != target]


def test_a_file_comes_whole_and_nothing_else_stays(told: Told, target: Path, mirror: Mirror) -> None:
    assert told.fetch(mirror) == mirror.url
    assert target.read_bytes() == GOOD
    assert not left_over(target)
    assert mirror.requests[0][0] == f"/mnist/{FILE.name}"
    assert told.received[-1] == Received(FILE.name, len(GOOD), len(GOOD))
    assert not told.lines


@pytest.mark.parametrize("cuts", [[1000], [1000, 500, 20_000]])
def test_a_cut_connection_is_resumed_where_it_was_cut(
    told: Told, target: Path, mirror: Mirror, cuts: list[int]
) -> None:
    mirror.cuts = list(cuts)
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert mirror.ranges_asked == [None, *(f"bytes={sum(cuts[: n + 1])}-" for n in range(len(cuts)))]
    assert mirror.requests[1][1]["If-Range"] == '"first"'


def test_a_weak_tag_leaves_the_date_to_tell_versions_apart(told: Told, target: Path, mirror: Mirror) -> None:
    mirror.etag, mirror.modified, mirror.cuts = 'W/"first"', "Sat, 21 Nov 2026 10:00:00 GMT", [1000]
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert mirror.requests[1][1]["If-Range"] == mirror.modified
    assert mirror.ranges_asked[1] == "bytes=1000-"


def test_a_server_without_ranges_sends_all_again(told: Told, target: Path, mirror: Mirror) -> None:
    mirror.ranges, mirror.cuts = False, [1000, 2000]
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert len(mirror.requests) == 3


def test_a_server_that_tells_no_length_is_believed_when_the_file_is_right(
    told: Told, target: Path, mirror: Mirror
) -> None:
    mirror.announces_length = False
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert told.received[-1].total is None


def test_a_file_that_changed_between_its_parts_is_fetched_from_its_beginning(
    told: Told, target: Path, mirror: Mirror, other: Mirror
) -> None:
    mirror.cuts = [1000, 0, 0, 0]
    with pytest.raises(UnavailableError):
        told.fetch(mirror)
    mirror.files[FILE.name], mirror.etag = REPACKED, '"second"'
    told.fetch(mirror)
    assert mirror.ranges_asked[-1] == "bytes=1000-"
    assert target.read_bytes() == REPACKED


@pytest.mark.parametrize("etag", ['"second"', None])
def test_a_rest_of_another_file_is_never_joined_to_the_beginning(
    told: Told, target: Path, mirror: Mirror, etag: str | None
) -> None:
    """Such a server sends the rest of what it has now, whatever it is asked."""
    mirror.cuts = [1000, 0, 0, 0]
    with pytest.raises(UnavailableError):
        told.fetch(mirror)
    mirror.files[FILE.name], mirror.etag, mirror.careless = REPACKED, etag, True
    told.fetch(mirror)
    assert target.read_bytes() == REPACKED
    assert mirror.ranges_asked[-2:] == ["bytes=1000-", None]


def test_a_beginning_that_is_wrong_is_dropped_though_the_server_takes_it_for_its_own(
    told: Told, target: Path, mirror: Mirror
) -> None:
    mirror.cuts = [1000, 0, 0, 0]
    with pytest.raises(UnavailableError):
        told.fetch(mirror)
    (part,) = target.parent.glob("*.part")
    spoiled = part.read_bytes()
    part.write_bytes(spoiled[:-500] + bytes(500))
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert mirror.ranges_asked[-2:] == ["bytes=1000-", None]
    assert not left_over(target)


def test_what_came_before_is_of_use_to_the_next_run_even_when_it_is_all(
    told: Told, target: Path, mirror: Mirror
) -> None:
    mirror.cuts = [1000, 0, 0, 0]
    with pytest.raises(UnavailableError):
        told.fetch(mirror)
    (part,) = target.parent.glob("*.part")
    heading = part.read_bytes().split(b"\n")[0]
    part.write_bytes(heading + b"\n" + GOOD)
    asked = len(mirror.requests)
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert len(mirror.requests) == asked


def test_a_torn_part_is_not_used(told: Told, target: Path, mirror: Mirror) -> None:
    target.parent.mkdir(parents=True)
    for number, content in enumerate([b"", b'{"url": "htt', b"[]\nbytes", b"\xff\n", b'{"of": "no use"}\nbytes']):
        target.with_name(f"{target.name}.{number}-0.part").write_bytes(content)
    told.fetch(mirror)
    assert mirror.ranges_asked == [None]
    assert target.read_bytes() == GOOD


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"status": 404}, "answers 404 Not Found."),
        ({"status": 403}, "answers 403 Forbidden."),
        ({"kind": "text/html"}, "answers a web page (text/html) instead of the file."),
        ({"body": b"<html><title>Sign in to this network</title>"}, "answers a web page instead of the file."),
        (
            {"body": gzip.compress(PLAIN[FILE.plain_name][:-1] + b"!")},
            "is passed over: what it sends is not the published file: its SHA-256 differs.",
        ),
        ({"body": GOOD[:-20]}, "is passed over: what it sends ends in the middle: it was not copied or"),
        ({"body": bytes(200_000)}, "announces 200,000 bytes, and the file has at most 96,912."),
        ({"body": bytes(200_000), "announces_length": False}, "sends more than the 96,912 bytes that the file has"),
        ({"status": 503}, "answers 503 Service Unavailable, 3 times in a row."),
    ],
)
def test_a_mirror_that_does_not_have_the_file_is_left_for_the_next_one_and_said_so(
    told: Told, target: Path, mirror: Mirror, other: Mirror, spoil: dict[str, object], said: str
) -> None:
    for name, value in spoil.items():
        if isinstance(value, bytes):
            mirror.files[FILE.name] = value
        else:
            setattr(mirror, name, value)
    assert told.fetch(mirror, other) == other.url
    assert target.read_bytes() == GOOD
    (line,) = told.lines
    assert line.startswith(f"{FILE.name}: 127.0.0.1:{mirror.url.split(':')[2].split('/')[0]} {said}")
    assert not left_over(target)


def test_a_fault_of_the_moment_is_waited_out(told: Told, target: Path, mirror: Mirror) -> None:
    mirror.faults = [503, 429]
    told.fetch(mirror)
    assert target.read_bytes() == GOOD
    assert len(mirror.requests) == 3


def test_a_mirror_that_always_cuts_is_left(told: Told, target: Path, mirror: Mirror, other: Mirror) -> None:
    mirror.cuts = [100, *[0] * 9]
    told.fetch(mirror, other)
    assert target.read_bytes() == GOOD
    assert "cut the connection after 100 of" in told.lines[0]
    assert told.lines[0].endswith("3 times in a row.")


def test_a_silent_mirror_is_left(target: Path, mirror: Mirror, other: Mirror) -> None:
    told = Told(target, Patience(timeout=0.2, attempts=1, pause=0))
    mirror.gate = threading.Event()
    told.fetch(mirror, other)
    assert target.read_bytes() == GOOD
    assert "sent nothing for 0.2 seconds" in told.lines[0]


@pytest.mark.parametrize("mirror_url", ["file:///etc/", "ftp://127.0.0.1/", "mnist", ""])
def test_only_addresses_of_the_web_are_opened(told: Told, mirror: Mirror, mirror_url: str) -> None:
    assert told.fetch(mirror_url, mirror) == mirror.url
    assert told.lines[0].endswith("is not an address of http or https.")


def test_no_mirror_at_all_is_said_with_a_remedy(told: Told, target: Path) -> None:
    with pytest.raises(UnavailableError) as error:
        told.fetch(closed_port(), "http://127.0.0.1:notaport/", "http://[/")
    assert error.value.message == f"{FILE.name} could not be had from any mirror."
    assert "--data-dir" in error.value.remedy
    assert "cannot be reached (" in told.lines[0]
    assert all(line.endswith("is no address that can be opened.") for line in told.lines[1:])
    assert not target.exists()
    assert not left_over(target)


@pytest.mark.parametrize(
    ("elsewhere", "age", "stays"),
    [(True, 0, True), (True, 3600, True), (True, 2 * 86400, False), (False, 0, True), (False, 3600, False)],
)
def test_parts_of_others_stay_while_they_may_be_of_use(
    told: Told, target: Path, mirror: Mirror, elsewhere: bool, age: float, stays: bool
) -> None:
    mirror.cuts = [1000, *[0] * 9]
    path = target.with_name(f"{target.name}.other.part")
    path.parent.mkdir()
    url = "http://elsewhere/" if elsewhere else mirror.url + FILE.name
    heading = {"url": url, "size": len(GOOD), "etag": mirror.etag}
    path.write_bytes(json.dumps(heading).encode() + b"\n" + GOOD[:100])
    os.utime(path, (time.time() - age,) * 2)
    with pytest.raises(UnavailableError):
        told.fetch(mirror)
    assert path.exists() == stays
    (own,) = (name for name in left_over(target) if name != path.name)
    assert str(os.getpid()) in own


def test_each_mirror_resumes_what_it_began(told: Told, target: Path, mirror: Mirror, other: Mirror) -> None:
    mirror.status, other.cuts = 404, [1000, 0, 0, 0]
    with pytest.raises(UnavailableError):
        told.fetch(mirror, other)
    told.fetch(mirror, other)
    assert other.ranges_asked[-1] == "bytes=1000-"
    assert target.read_bytes() == GOOD


def test_a_server_of_another_protocol_is_left(told: Told, target: Path, mirror: Mirror) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            for _ in range(PATIENCE.attempts):
                connection, _ = server.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(b"220 mail.example ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        told.fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", mirror)
        thread.join()
    assert target.read_bytes() == GOOD
    assert "cut the connection (220 mail.example ready" in told.lines[0]


# what another process runs
FETCH = """
import sys
from pathlib import Path
from jax_to_tfjs_demo.data.download import Errand, fetch
from tests.demo.data.small import ENTRY
fetch(Errand(ENTRY.train_images, Path(sys.argv[1]), print, lambda _: None), [sys.argv[2]])
"""


def process(target: Path, mirror: Mirror) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen([sys.executable, "-c", FETCH, str(target), mirror.url], env=environment)


def wait_for_bytes(target: Path, count: int, parts: int = 1) -> None:
    deadline = time.monotonic() + 60
    while sum(path.stat().st_size > count for path in target.parent.glob("*.part")) < parts:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_processes_at_once_do_not_hinder_each_other(target: Path, mirror: Mirror) -> None:
    mirror.gate = threading.Event()
    one, two = process(target, mirror), process(target, mirror)
    wait_for_bytes(target, len(GOOD) // 2, parts=2)
    mirror.gate.set()
    assert one.wait(60) == two.wait(60) == 0
    assert target.read_bytes() == GOOD
    assert not left_over(target)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_download_is_resumed_by_the_next_process(told: Told, target: Path, mirror: Mirror) -> None:
    mirror.gate = threading.Event()
    killed = process(target, mirror)
    wait_for_bytes(target, len(GOOD) // 2)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not target.exists()
    mirror.gate.set()
    told.fetch(mirror)
    assert mirror.ranges_asked == [None, f"bytes={len(GOOD) // 2}-"]
    assert target.read_bytes() == GOOD
    assert not left_over(target)


def test_a_file_is_replaced_in_one_step(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"before")
    if sys.platform != "win32":
        with target.open("rb") as reading:
            download.place(GOOD, target)
            assert reading.read() == b"before"
    download.place(GOOD, target)
    assert target.read_bytes() == GOOD
    assert not left_over(target)


def test_progress_reads_well() -> None:
    assert Received("images.gz", 3_210_000, 9_912_422).text == "images.gz  3.2 of 9.9 MB"
    assert Received("images.gz", 3_210_000, None).text == "images.gz  3.2 MB"
    assert Received("images.gz", 5, 10).fraction == 0.5
    assert Received("images.gz", 5, None).fraction == 0.0


def closed_port() -> str:
    """An address that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}/"
