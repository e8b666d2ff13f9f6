"""The data sets that can be loaded: their files, where they are to be had, and how they are recognised."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.errors import DemoError

DIGITS = "digits"


@dataclass(frozen=True)
class File:
    """One file as it was published.

    The checksum is of the `content`, which every mirror's own compression leaves the same, or of the `archive`, the
    compressed file, where only that one is known.
    """

    part: str
    dims: tuple[int, ...]
    sha256: str
    checksum_of: Literal["content", "archive"]

    @property
    def name(self) -> str:
        """As mirrors have it."""
        return f"{self.plain_name}.gz"

    @property
    def plain_name(self) -> str:
        """As it is called when it is not compressed."""
        return f"{self.part}-idx{len(self.dims)}-ubyte"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that people's copies have."""
        dotted = f"{self.part}.idx{len(self.dims)}-ubyte"
        return self.name, self.plain_name, f"{dotted}.gz", dotted


@dataclass(frozen=True)
class Entry:
    """A data set: the variables of the environment that concern it begin with `variable`."""

    name: str
    title: str
    variable: str
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]
    train_images: File
    train_labels: File
    test_images: File
    test_labels: File

    @property
    def files(self) -> tuple[File, File, File, File]:
        """In the order in which they are fetched."""
        return self.train_images, self.train_labels, self.test_images, self.test_labels

    def dataset(self, arrays: Mapping[File, np.ndarray]) -> Dataset:
        """What the files hold, each in its place."""
        return Dataset(
            self.name,
            train_images=arrays[self.train_images],
            train_labels=arrays[self.train_labels],
            test_images=arrays[self.test_images],
            test_labels=arrays[self.test_labels],
            classes=self.classes,
        )

    def mirrors_in_order(self) -> tuple[str, ...]:
        """The user's own first, when the environment names one."""
        own = os.environ.get(f"{self.variable}_MIRROR", "").strip()
        return (own, *self.mirrors) if own else self.mirrors


MNIST = Entry(
    name="mnist",
    title="MNIST",
    variable="MNIST",
    classes=tuple("0123456789"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    train_images=File(
        "train-images", (60_000, 28, 28), "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", "content"
    ),
    train_labels=File(
        "train-labels", (60_000,), "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", "content"
    ),
    test_images=File(
        "t10k-images", (10_000, 28, 28), "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", "content"
    ),
    test_labels=File(
        "t10k-labels", (10_000,), "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", "content"
    ),
)

FASHION = Entry(
    name="fashion",
    title="Fashion-MNIST",
    variable="FASHION_MNIST",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    # as TensorFlow Datasets has published them for the compressed files
    train_images=File(
        "train-images", (60_000, 28, 28), "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", "archive"
    ),
    train_labels=File(
        "train-labels", (60_000,), "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", "archive"
    ),
    test_images=File(
        "t10k-images", (10_000, 28, 28), "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", "archive"
    ),
    test_labels=File(
        "t10k-labels", (10_000,), "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", "archive"
    ),
)

ENTRIES = (MNIST, FASHION)
# all that `load` takes
NAMES = (*(entry.name for entry in ENTRIES), DIGITS)


def find(name: str) -> Entry:
    """The data set of a name; `digits` has no files, and is none of them."""
    for entry in ENTRIES:
        if name == entry.name:
            return entry
    raise DemoError(f"There is no data set called {name!r}.", remedy=f"Take one of {', '.join(NAMES)}.")
