import gzip

import numpy as np
import pytest

from jax_to_tfjs_demo.data import idx
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.data.small import TRAIN_IMAGES, TRAIN_LABELS, idx_bytes

IMAGES = idx_bytes(TRAIN_IMAGES)


def test_images_and_labels_are_read_as_they_are() -> None:
    images, labels = idx.parse(IMAGES, "images"), idx.parse(idx_bytes(TRAIN_LABELS), "labels")
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(images, TRAIN_IMAGES)
    np.testing.assert_array_equal(labels, TRAIN_LABELS)


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_is_unpacked_however_many_members_it_has(members: int) -> None:
    size = len(IMAGES) // members + 1
    packed = b"".join(gzip.compress(IMAGES[at : at + size]) for at in range(0, len(IMAGES), size))
    assert idx.unpacked(packed, "images") == IMAGES


def test_what_is_not_packed_is_taken_as_it_is() -> None:
    assert idx.unpacked(IMAGES, "images") == IMAGES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no IDX file: it begins with nothing"),
        (b"PK\x03\x04 a zip archive", "is no IDX file: it begins with 50 4b 03 04"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>Sign in", "is a web page, not a file of data"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied", "is a web page, not a file of data"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "holds numbers of the kind 0x0d, where unsigned bytes (0x08) are wanted"),
        (b"\0\0\x08\x00", "is no IDX file: it announces 0 dims and has no room for them"),
        (b"\0\0\x08\x03\0\0\0\x01", "is no IDX file: it announces 3 dims and has no room for them"),
        (IMAGES[:-1], "ends in the middle: 31,375 of 31,376 bytes are there"),
        (IMAGES + b"\0\0", "is 2 bytes longer than the 31,376 that it announces"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "ends in the middle: 16 of 79,228,162,458,924,105,385,300,197,391 bytes"),
    ],
)
def test_what_is_not_such_a_file_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(DemoError) as refused:
        idx.parse(content, "images")
    assert refused.value.message.startswith(f"images {said}")
    assert refused.value.remedy == "Delete the file, then download or copy it again."


PACKED = gzip.compress(IMAGES)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PACKED[:-9], "ends in the middle: it was not copied or downloaded whole."),
        (PACKED[:2], "ends in the middle: it was not copied or downloaded whole."),
        (PACKED[:-8] + b"wrong" + PACKED[-3:], "is damaged: gzip says “"),
        (PACKED + b"more", "has 4 bytes behind its end."),
    ],
)
def test_damaged_gzip_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DemoError) as refused:
        idx.unpacked(data, "images")
    assert refused.value.message.startswith(f"images {said}")


def test_no_more_is_unpacked_than_the_file_may_hold() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(DemoError, match="images unpacks to more than the 1,000 bytes that it may hold"):
        idx.unpacked(bomb, "images", limit=1_000)
    with pytest.raises(DemoError, match="unpacks to more than"):
        idx.unpacked(gzip.compress(b"x") * 1_001, "images", limit=1_000)
