import sys
from pathlib import Path

import numpy as np
import pytest

from jax_to_tfjs_demo.data import cache
from tests.demo.data.small import ENTRY, PACKED, TEST_LABELS

FILE = ENTRY.test_labels


def kept(content: bytes) -> None:
    path = cache.path_of(ENTRY, FILE)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_the_environment_names_the_folder(cache_home: Path) -> None:
    assert cache.path_of(ENTRY, FILE) == cache_home / "small" / "t10k-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/jax_to_tfjs_demo"),
        ("linux", {"XDG_CACHE_HOME": "not/absolute"}, "~/.cache/jax_to_tfjs_demo"),
        ("linux", {}, "~/.cache/jax_to_tfjs_demo"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "~/Library/Caches/jax_to_tfjs_demo"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/jax_to_tfjs_demo"),
        ("win32", {}, "~/AppData/Local/jax_to_tfjs_demo"),
        ("linux", {"MNIST_CACHE_DIR": "~/here"}, "~/here"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the paths are written as POSIX has them")
def test_each_system_has_its_own_place_for_caches(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], folder: str
) -> None:
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA", "MNIST_CACHE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache.home() == Path(folder).expanduser()


def test_what_is_whole_is_read() -> None:
    kept(PACKED[FILE.name])
    np.testing.assert_array_equal(cache.read(ENTRY, FILE), TEST_LABELS)


def test_what_is_not_there_is_nothing() -> None:
    assert cache.read(ENTRY, FILE) is None


@pytest.mark.parametrize("content", [b"", PACKED[FILE.name][:-4], PACKED["train-labels-idx1-ubyte.gz"], b"<html>"])
def test_what_is_damaged_is_nothing(content: bytes) -> None:
    kept(content)
    assert cache.read(ENTRY, FILE) is None
