"""A working directory in which commands run on a few of scikit-learn's digits, as files of MNIST."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jax_to_tfjs_demo.app import main
from jax_to_tfjs_demo.data import digits

IMAGES = 96
FILES = {
    "train-images-idx3-ubyte": "train_images",
    "train-labels-idx1-ubyte": "train_labels",
    "t10k-images-idx3-ubyte": "test_images",
    "t10k-labels-idx1-ubyte": "test_labels",
}


def write_digits(directory: Path, images: int = 160) -> Path:
    """The first digits of scikit-learn, in the files that MNIST comes in."""
    dataset = digits.read()
    directory.mkdir(parents=True)
    for name, part in FILES.items():
        array = np.asarray(getattr(dataset, part)[:images], np.uint8)
        dims = b"".join(dim.to_bytes(4, "big") for dim in array.shape)
        (directory / name).write_bytes(bytes([0, 0, 8, array.ndim]) + dims + array.tobytes())
    return directory


def environment(data: Path) -> dict[str, str]:
    """What the commands see."""
    return {"MNIST_DIR": str(data), "DEMO_LIMIT": str(IMAGES), "NO_COLOR": "1"}


@contextmanager
def standing_in(directory: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """The working directory and the environment are these, for as long as it lasts."""
    here, before = Path.cwd(), dict(os.environ)
    os.environ.update(variables)
    os.environ.pop("UV_RUN_RECURSION_DEPTH", None)
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class Workplace:
    """A working directory of a test, with the checkpoints of a short training in it."""

    directory: Path
    data: Path

    def app(self, *words: str) -> int:
        """Runs `app`."""
        with standing_in(self.directory, environment(self.data)):
            return main(words)
