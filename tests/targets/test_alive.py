import errno
import os
import subprocess
import sys

import pytest

from totfjs.targets import alive, replacing
from totfjs.targets.alive import abandoned, lock, maker, unlock


@pytest.fixture(params=["no locks on this system", "no locks on this disk"])
def no_locks(request, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    if request.param == "no locks on this system":
        monkeypatch.setattr(alive, "fcntl", None)
    else:
        monkeypatch.setattr(alive.fcntl, "flock", flock)


def test_a_directory_is_abandoned_unless_it_is_locked(tmp_path):
    assert abandoned(tmp_path)
    held = lock(tmp_path)
    assert not abandoned(tmp_path)
    unlock(held)
    assert abandoned(tmp_path)


def test_one_lock_at_a_time(tmp_path):
    held = lock(tmp_path)
    with pytest.raises(BlockingIOError):
        lock(tmp_path)
    unlock(held)


def test_what_does_not_exist_is_abandoned(tmp_path):
    assert abandoned(tmp_path / "none")


def directory_of(parent, name):
    directory = parent / f".web.totfjs-{name}-00.new"
    directory.mkdir()
    return directory


def test_without_locks_a_living_maker_is_left_alone(tmp_path, no_locks):
    assert lock(tmp_path) is None
    assert not abandoned(directory_of(tmp_path, maker()))


def test_without_locks_a_maker_on_another_machine_is_left_alone(tmp_path, no_locks):
    assert not abandoned(directory_of(tmp_path, "ffffffff-1"))


def test_without_locks_a_dead_maker_is_found_dead(tmp_path, no_locks):
    printed = subprocess.run(
        [sys.executable, "-c", "from totfjs.targets.alive import maker; print(maker())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert abandoned(directory_of(tmp_path, printed.stdout.strip()))


def test_without_locks_an_output_is_written(tmp_path, no_locks):
    for force in (False, True):
        with replacing(tmp_path / "web", force=force) as directory:
            (directory / "weights_manifest.json").write_text("[]")
    assert [path.name for path in tmp_path.iterdir()] == ["web"]
