"""Handles: the address that is asked, and the name in the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from totfjs.errors import UsageError
from totfjs.sources.tensorflow.hub.handle import Handle, is_archive_name, is_handle

MODULE = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (MODULE, f"{MODULE}?tf-hub-format=compressed"),
        (
            "https://www.kaggle.com/models/google/yamnet/TensorFlow2/yamnet/1",
            "https://www.kaggle.com/models/google/yamnet/TensorFlow2/yamnet/1?tf-hub-format=compressed",
        ),
        ("http://host/m.tar.gz?key=a%20b", "http://host/m.tar.gz?key=a+b&tf-hub-format=compressed"),
        (f"{MODULE}#sha256={'a' * 64}", f"{MODULE}?tf-hub-format=compressed"),
    ],
)
def test_an_archive_is_asked_for_as_the_library_does(text: str, url: str) -> None:
    assert Handle(text).url == url


def test_an_entry_of_the_cache_has_the_name_that_the_library_gives_it() -> None:
    assert Handle("https://tfhub.dev/google/nnlm-en-dim128/2").entry == "29abffb443cb0a0ca9c72e8e3863b76d85028490"


def test_a_checksum_is_read() -> None:
    assert Handle(f"{MODULE}#sha256={'AB' * 32}").checksum == "ab" * 32
    assert Handle(MODULE).checksum == ""


@pytest.mark.parametrize("fragment", ["sha256=ab", "md5=00", "top"])
def test_another_fragment_is_refused(fragment: str) -> None:
    with pytest.raises(UsageError, match="which is no checksum"):
        _ = Handle(f"{MODULE}#{fragment}").checksum


def test_handles_are_told_from_paths() -> None:
    assert is_handle(MODULE) and is_handle("HTTP://host/x")
    assert not any(
        map(is_handle, ("gs://bucket/m", "models.py:f", "C:\\models\\m", Path("https:/x"), "file:///m", None))
    )


def test_archives_are_told_by_their_names() -> None:
    assert all(map(is_archive_name, ("m.tar.gz", "M.TGZ", "m.tar")))
    assert not any(map(is_archive_name, ("m.zip", "m.gz", "model.keras")))
