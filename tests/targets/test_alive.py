import pytest

from totfjs.targets import alive
from totfjs.targets.alive import abandoned, lock, unlock


def test_a_directory_is_abandoned_unless_it_is_locked(tmp_path):
    assert abandoned(tmp_path)
    held = lock(tmp_path)
    assert not abandoned(tmp_path)
    unlock(held)
    assert abandoned(tmp_path)


def test_one_lock_at_a_time(tmp_path):
    held = lock(tmp_path)
    with pytest.raises(OSError):
        lock(tmp_path)
    unlock(held)


def test_what_does_not_exist_is_abandoned(tmp_path):
    assert abandoned(tmp_path / "none")


def test_without_locks_a_maker_that_may_live_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(alive, "fcntl", None)
    assert lock(tmp_path) is None
    assert not abandoned(tmp_path)
