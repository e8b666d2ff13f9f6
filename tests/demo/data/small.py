"""A data set of a few random pictures, published nowhere but here."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace

import numpy as np

from jax_to_tfjs_demo.data.catalogue import MNIST, Entry, File

RANDOM = np.random.default_rng(0)
TRAIN_IMAGES = RANDOM.integers(0, 256, (40, 28, 28), dtype=np.uint8)
TRAIN_LABELS = RANDOM.integers(0, 10, 40, dtype=np.uint8)
TEST_IMAGES = RANDOM.integers(0, 256, (12, 28, 28), dtype=np.uint8)
TEST_LABELS = RANDOM.integers(0, 10, 12, dtype=np.uint8)


def idx_bytes(array: np.ndarray) -> bytes:
    dims = b"".join(dim.to_bytes(4, "big") for dim in array.shape)
    return bytes([0, 0, 8, array.ndim]) + dims + array.tobytes()


def _published(part: str, array: np.ndarray) -> File:
    return File(part, array.shape, hashlib.sha256(idx_bytes(array)).hexdigest(), "content")


ENTRY: Entry = replace(
    MNIST,
    name="small",
    title="The small one",
    train_images=_published("train-images", TRAIN_IMAGES),
    train_labels=_published("train-labels", TRAIN_LABELS),
    test_images=_published("t10k-images", TEST_IMAGES),
    test_labels=_published("t10k-labels", TEST_LABELS),
)
ARRAYS = dict(zip(ENTRY.files, (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS), strict=True))
PLAIN = {file.plain_name: idx_bytes(array) for file, array in ARRAYS.items()}
# no time stamp, so that the bytes are always the same
PACKED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in PLAIN.items()}
