import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pytest

from jax_to_tfjs_demo.data import catalogue, checked
from jax_to_tfjs_demo.errors import DemoError
from tests.demo.data.small import ENTRY, PACKED, PLAIN, TRAIN_LABELS

FILE = ENTRY.train_labels
CONTENT = PLAIN[FILE.plain_name]


@pytest.mark.parametrize(
    "data", [CONTENT, PACKED[FILE.name], gzip.compress(CONTENT, 1, mtime=0)], ids=["bare", "packed", "packed-otherwise"]
)
def test_the_published_content_is_recognised_however_it_is_packed(data: bytes) -> None:
    np.testing.assert_array_equal(checked.published(data, FILE, "labels"), TRAIN_LABELS)


def test_one_other_label_is_enough_to_be_refused() -> None:
    with pytest.raises(DemoError, match="labels is not the published file: its SHA-256 differs"):
        checked.published(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]), FILE, "labels")


def test_a_checksum_of_the_archive_holds_for_that_archive_alone() -> None:
    packed = PACKED[FILE.name]
    file = replace(FILE, sha256=hashlib.sha256(packed).hexdigest(), checksum_of="archive")
    np.testing.assert_array_equal(checked.published(packed, file, "labels"), TRAIN_LABELS)
    with pytest.raises(DemoError, match="SHA-256 differs"):
        checked.published(CONTENT, file, "labels")


def test_no_more_is_unpacked_than_the_published_file_holds() -> None:
    with pytest.raises(DemoError, match="unpacks to more than the 48 bytes"):
        checked.published(gzip.compress(bytes(10_000_000)), FILE, "labels")


def test_files_that_nobody_published_have_no_owner() -> None:
    assert checked.owner(CONTENT, CONTENT) is None
    assert checked.content_bytes(catalogue.MNIST.train_images) == 47_040_016
