"""The cache: entries are there whole or not at all, and one process at a time makes them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.sources.tensorflow.hub.archives import names
from totfjs.errors import OutputError
from totfjs.sources.tensorflow.hub.cache import Entry, cache_directory


def filled(work: Path) -> Path:
    (work / "module").mkdir()
    (work / "module" / "saved_model.pb").write_bytes(b"graph")
    return work / "module"


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {"TFHUB_CACHE_DIR": "/hub"}, "/hub"),
        ("linux", {"HOME": "/me"}, "/me/.cache/totfjs/hub"),
        ("linux", {"HOME": "/me", "XDG_CACHE_HOME": "/c"}, "/c/totfjs/hub"),
        ("darwin", {"HOME": "/me"}, "/me/Library/Caches/totfjs/hub"),
        ("win32", {"HOME": "/me", "LOCALAPPDATA": "/local"}, "/local/totfjs/hub"),
    ],
)
def test_the_cache_is_where_users_expect_it(platform: str, environment: dict[str, str], place: str) -> None:
    assert cache_directory(environment, platform) == Path(place)


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    entry, calls = Entry(tmp_path / "cache" / "abc"), []

    def fill(work: Path) -> Path:
        calls.append(work)
        return filled(work)

    assert [entry.get(fill, "https://host/m") for _ in range(2)] == [entry.path] * 2
    assert len(calls) == 1
    assert names(tmp_path / "cache") == ["abc", "abc.descriptor.txt"]
    assert (
        (tmp_path / "cache" / "abc.descriptor.txt").read_text().startswith("Module: https://host/m\nDownload Time: 2")
    )


def test_an_entry_of_the_library_is_used(tmp_path: Path) -> None:
    filled(tmp_path)
    assert Entry(tmp_path / "module").get(lambda work: work / "not called", "") == tmp_path / "module"


def test_nothing_is_left_of_an_entry_that_failed(tmp_path: Path) -> None:
    def fails(work: Path) -> Path:
        filled(work)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Entry(tmp_path / "abc").get(fails, "")
    assert names(tmp_path) == []


def test_an_empty_directory_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / "abc").mkdir()
    assert (Entry(tmp_path / "abc").get(filled, "") / "saved_model.pb").exists()


def test_two_at_once_take_turns(tmp_path: Path) -> None:
    entry, begun, go_on, calls = Entry(tmp_path / "abc"), threading.Event(), threading.Event(), []

    def fill(work: Path) -> Path:
        calls.append(work)
        begun.set()
        assert go_on.wait(30)
        return filled(work)

    threads = [threading.Thread(target=entry.get, args=(fill, "")) for _ in range(2)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1 and entry.filled
    assert names(tmp_path) == ["abc", "abc.descriptor.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to ask whether a process is there without harm")
def test_the_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "abc.lock").write_text(f"{socket.gethostname()}.{ended.pid}.{'0' * 32}")
    assert Entry(tmp_path / "abc").get(filled, "").is_dir()


def test_a_lock_of_which_nobody_heard_for_long_is_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "abc.lock"
    lock.write_text(f"elsewhere.1.{'0' * 32}")
    os.utime(lock, (time.time() - 700,) * 2)
    assert Entry(tmp_path / "abc").get(filled, "").is_dir()


def test_a_lock_whose_owner_still_writes_is_respected(tmp_path: Path) -> None:
    lock, work = tmp_path / "abc.lock", tmp_path / f"abc.{'0' * 32}.tmp"
    lock.write_text(f"elsewhere.1.{'0' * 32}")
    os.utime(lock, (time.time() - 700,) * 2)
    work.mkdir()
    (work / "archive").write_bytes(b"so far")
    entry = Entry(tmp_path / "abc")
    waiting = threading.Thread(target=entry.get, args=(filled, ""))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive() and lock.exists()
    lock.unlink()
    waiting.join()
    assert entry.filled


def test_a_cache_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("mine")
    with pytest.raises(OutputError, match="one of its parents is a file"):
        Entry(tmp_path / "cache" / "abc").get(filled, "")
