import sys

import pytest

from totfjs.targets import exchange as module
from totfjs.targets.exchange import exchange


@pytest.fixture
def pair(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    return tmp_path / "one", tmp_path / "other"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exchange of directories")
def test_two_directories_swap(pair):
    one, other = pair
    assert exchange(one, other)
    assert (one / "other").exists()
    assert (other / "one").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exchange of directories")
def test_a_missing_directory_is_an_error(pair, tmp_path):
    with pytest.raises(FileNotFoundError):
        exchange(pair[0], tmp_path / "none")


def test_a_system_without_it_says_so_and_does_nothing(pair, monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "win32")
    assert not exchange(*pair)
    assert (pair[0] / "one").exists()


def test_a_c_library_without_it_says_so(pair, monkeypatch):
    monkeypatch.setattr(module.ctypes, "CDLL", lambda *_, **__: object())
    assert not exchange(*pair)
