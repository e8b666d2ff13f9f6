"""Profiles of dead owners are removed, with what still runs in them; those of others are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from totfjs.runtime.browsers.find import Browser
from totfjs.runtime.browsers.profile import Profile, sweep

BROWSER = Browser("chromium", "chromium", "chromium")


def left_over(folder: Path) -> Path:
    """What a killed Python leaves: nobody holds the lock on its file."""
    path = folder / "totfjs-browser-abc"
    path.mkdir()
    (path / "owner").touch()
    (path / "Default").mkdir()
    return path


def test_a_profile_is_fresh_and_gone_when_it_is_removed(folder: Path) -> None:
    first, second = Profile(BROWSER), Profile(BROWSER)
    assert first.path != second.path and first.path.parent == second.path.parent == folder
    first.remove()
    assert not first.path.exists() and second.path.exists()
    second.remove()


def test_a_profile_whose_owner_lives_is_left_alone(folder: Path) -> None:
    profile = Profile(BROWSER)
    sweep(folder)
    assert profile.path.exists()
    profile.remove()


def test_a_profile_whose_owner_is_dead_is_removed_by_the_next(folder: Path) -> None:
    path = left_over(folder)
    Profile(BROWSER).remove()
    assert not path.exists()


def test_a_profile_that_is_just_being_made_is_left_alone_for_a_while(folder: Path) -> None:
    path = folder / "totfjs-browser-new"
    path.mkdir()
    sweep(folder)
    assert path.exists()
    os.utime(path, (time.time() - 60, time.time() - 60))
    sweep(folder)
    assert not path.exists()


def test_what_is_called_otherwise_is_left_alone(folder: Path) -> None:
    other = folder / "somebody-else"
    other.mkdir()
    (other / "owner").touch()
    sweep(folder)
    assert other.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows browsers without an owner close themselves")
def test_a_browser_whose_owner_is_dead_is_ended_and_no_other_process_is(folder: Path) -> None:
    path = left_over(folder)
    sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
    browser, other = subprocess.Popen([*sleep, f"--user-data-dir={path}"]), subprocess.Popen(sleep)
    try:
        sweep(folder)
        assert browser.wait() != 0 and other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_browser_in_a_sandbox_of_its_package_keeps_its_profile_there(folder: Path) -> None:
    home = folder / "snap/chromium/common/totfjs"
    profile = Profile(Browser("chromium", "chromium", "/snap/bin/chromium", home))
    assert profile.path.parent == home
    profile.remove()
