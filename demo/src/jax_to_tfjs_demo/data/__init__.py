"""Data to train on and to score with: MNIST, Fashion-MNIST, and digits that need no network."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from jax_to_tfjs_demo.data import catalogue, digits, fetched, local
from jax_to_tfjs_demo.data.dataset import Dataset, scaled
from jax_to_tfjs_demo.data.download import Received, UnavailableError
from jax_to_tfjs_demo.errors import DemoError

__all__ = ["NAMES", "Dataset", "Received", "load", "scaled"]

# what `--data` takes
NAMES = catalogue.NAMES


def load(
    name: str = "mnist",
    directory: str | Path | None = None,
    *,
    log: Callable[[str], None],
    progress: Callable[[Received], None] | None = None,
    mirrors: Sequence[str] | None = None,
) -> Dataset:
    """The data set of a name: from a folder (`directory`, or MNIST_DIR), else the cache, else the mirrors.

    When MNIST is neither here nor to be had, scikit-learn's digits stand in, and `log` is told so. `mirrors` replaces
    the known ones.
    """
    dataset = _load(name, directory, log, progress or _unseen, mirrors)
    if dataset.note is not None:
        log(dataset.note)
    return dataset


def _load(
    name: str,
    directory: str | Path | None,
    log: Callable[[str], None],
    progress: Callable[[Received], None],
    mirrors: Sequence[str] | None,
) -> Dataset:
    if name == catalogue.DIGITS:
        if directory is not None:
            raise DemoError("The digits of scikit-learn come from no folder.", remedy="Leave out --data-dir.")
        return digits.read()
    entry = catalogue.find(name)
    own = directory or os.environ.get(f"{entry.variable}_DIR")
    if own:
        return local.read(entry, Path(own).expanduser())
    try:
        return fetched.read(entry, entry.mirrors_in_order() if mirrors is None else mirrors, log, progress)
    except UnavailableError as error:
        if entry is not catalogue.MNIST:
            raise
        log(f"{entry.title} is not here: {error.message}")
        return digits.read()


def _unseen(_: Received) -> None:
    """Progress that nobody watches."""
