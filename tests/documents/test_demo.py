"""The README of the demo: every block of it runs, on few images of the digits that come with scikit-learn."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from jax_to_tfjs_demo.data import load
from tests.documents.blocks import blocks
from tests.documents.session import Session

README = Path(__file__).parents[2] / "demo/README.md"
IMAGES = 128


def _idx(path: Path, array: np.ndarray) -> None:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(head + array.astype(np.uint8).tobytes())


def _digits(folder: Path) -> Path:
    """The files of MNIST, with other digits in them."""
    folder.mkdir()
    found = load("digits", log=lambda _: None)
    _idx(folder / "train-images-idx3-ubyte", found.train_images[:IMAGES])
    _idx(folder / "train-labels-idx1-ubyte", found.train_labels[:IMAGES])
    _idx(folder / "t10k-images-idx3-ubyte", found.test_images[:IMAGES])
    _idx(folder / "t10k-labels-idx1-ubyte", found.test_labels[:IMAGES])
    return folder


def test_every_block_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    environment = {"MNIST_DIR": str(_digits(tmp_path / "mnist")), "MNIST_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "demo").mkdir()
    Session(tmp_path / "demo", environment).run(blocks(README))
