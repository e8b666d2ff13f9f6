"""Modules by address, as an archive and as a directory."""

from __future__ import annotations

import gc
import hashlib
from pathlib import Path

import pytest

from tests.sources.tensorflow.hub.archives import GRAPH, SOUND, names, packed
from tests.sources.tensorflow.hub.server import Server
from totfjs.errors import HubError, UnsafeHubError
from totfjs.sources.tensorflow.hub import is_hub
from totfjs.sources.tensorflow.hub.module import Module
from totfjs.sources.tensorflow.hub.opening import open_module


def test_an_address_is_downloaded_once_and_kept(server: Server, cache: Path) -> None:
    url = server.answer("/publisher/model/1", packed())
    found = [open_module(url) for _ in range(2)]
    name = hashlib.sha1(url.encode()).hexdigest()
    assert found == [Module(cache / name)] * 2
    assert (cache / name / "saved_model.pb").read_bytes() == GRAPH
    assert [path for path, _ in server.asked] == ["/publisher/model/1?tf-hub-format=compressed"]


def test_a_module_of_the_cache_needs_no_network(cache: Path) -> None:
    url = "https://tfhub.invalid/publisher/model/1"
    entry = cache / hashlib.sha1(url.encode()).hexdigest()
    entry.mkdir(parents=True)
    (entry / "saved_model.pb").write_bytes(GRAPH)
    assert open_module(url).path == entry


def test_a_checksum_is_compared(server: Server, cache: Path) -> None:
    url, checksum = server.answer("/m", packed()), hashlib.sha256(packed()).hexdigest()
    assert open_module(f"{url}#sha256={checksum}").path.is_dir()
    with pytest.raises(HubError, match=f"is damaged: its SHA-256 is {checksum}"):
        open_module(f"{url}#sha256={'0' * 64}")


@pytest.mark.parametrize(
    "body",
    [packed({"../evil": b"x"}), packed()[:-9], packed({"readme": b"x"}), b"<html>"],
    ids=["unsafe", "cut", "other", "page"],
)
def test_what_is_no_module_is_not_kept(server: Server, cache: Path, body: bytes) -> None:
    with pytest.raises(HubError):
        open_module(server.answer("/m", body))
    assert names(cache) == []


def test_an_archive_is_unpacked_for_as_long_as_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(packed())
    module = open_module(tmp_path / "m.tar.gz")
    place = module.path
    assert (place / "saved_model.pb").read_bytes() == GRAPH
    del module
    gc.collect()
    assert not place.parent.exists()


def test_nothing_is_left_of_an_archive_that_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "m.tgz").write_bytes(packed({"saved_model.pb": GRAPH, "../x": b"x"}))
    with pytest.raises(UnsafeHubError):
        open_module(tmp_path / "m.tgz")
    assert names(tmp_path) == ["m.tgz"]


def test_a_module_may_lie_in_a_directory_of_its_archive(tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(packed({f"model/{name}": content for name, content in SOUND.items()}))
    assert open_module(tmp_path / "m.tar.gz").path.name == "model"


def test_the_first_format_has_its_own_signature_and_no_tags(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(GRAPH)
    assert (open_module(tmp_path).tags, open_module(tmp_path).signature) == (("serve",), None)
    (tmp_path / "tfhub_module.pb").write_bytes(b"\x08\x03")
    assert (open_module(tmp_path).tags, open_module(tmp_path).signature) == ((), "default")


@pytest.mark.parametrize(
    ("source", "message"),
    [("gs://bucket/m", "in a store that totfjs cannot read"), ("nowhere", "There is no module at nowhere")],
)
def test_other_places_are_told(source: str, message: str) -> None:
    with pytest.raises(HubError, match=message):
        open_module(source)


def test_a_directory_without_a_graph_is_no_module(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="it has no saved_model"):
        open_module(tmp_path)


def test_addresses_and_archives_are_told_from_other_sources(tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(packed())
    assert is_hub(tmp_path / "m.tar.gz") and is_hub("https://tfhub.dev/google/m/1")
    assert not any(map(is_hub, ("models.py:f", tmp_path, tmp_path / "other.tar.gz", len)))
