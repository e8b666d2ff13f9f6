"""A published data set from the user's cache, which what is missing is fetched into."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jax_to_tfjs_demo.data import cache
from jax_to_tfjs_demo.data.catalogue import Entry, File
from jax_to_tfjs_demo.data.checked import published
from jax_to_tfjs_demo.data.dataset import Dataset
from jax_to_tfjs_demo.data.download import Errand, Received, fetch
from jax_to_tfjs_demo.errors import DemoError


def read(
    entry: Entry, mirrors: Sequence[str], log: Callable[[str], None], progress: Callable[[Received], None]
) -> Dataset:
    """The four files, exactly as they were published. Raises `UnavailableError` when one cannot be had."""
    arrays = {}
    for file in entry.files:
        array = cache.read(entry, file)
        if array is None:
            array, used = _fetched(entry, file, mirrors, log, progress)
            # who had this file likely has the next one
            mirrors = [used, *(mirror for mirror in mirrors if mirror != used)]
        arrays[file] = array
    return entry.dataset(arrays)


def _fetched(
    entry: Entry,
    file: File,
    mirrors: Sequence[str],
    log: Callable[[str], None],
    progress: Callable[[Received], None],
) -> tuple[np.ndarray, str]:
    path = cache.path_of(entry, file)
    if path.exists():
        log(f"{path} is damaged, and is fetched anew.")
    try:
        used = fetch(Errand(file, path, log, progress), mirrors)
        return published(path.read_bytes(), file, str(path)), used
    except OSError as error:
        raise DemoError(
            f"{entry.title} cannot be kept in {path.parent}: {error.strerror or error}.",
            remedy=f"Free some space, or name another folder by {cache.VARIABLE}.",
        ) from None
