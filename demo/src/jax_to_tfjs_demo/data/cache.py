"""Where downloaded data is kept, and what of it is still good."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from jax_to_tfjs_demo.data.catalogue import Entry, File
from jax_to_tfjs_demo.data.checked import published
from jax_to_tfjs_demo.errors import DemoError

VARIABLE = "MNIST_CACHE_DIR"
FOLDER = "jax_to_tfjs_demo"


def home() -> Path:
    """The folder for this project's data: what `MNIST_CACHE_DIR` says, or one in the user's cache directory."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else _of_the_user() / FOLDER


def path_of(entry: Entry, file: File) -> Path:
    """Where a file is kept, whether it is there or not."""
    return home() / entry.name / file.name


def read(entry: Entry, file: File) -> np.ndarray | None:
    """A file that is there and is the published one; `None` when it has to be fetched."""
    path = path_of(entry, file)
    try:
        return published(path.read_bytes(), file, str(path))
    except (OSError, DemoError):
        # a damaged one is replaced when the good one has come
        return None


def _of_the_user() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    # what is not absolute is to be ignored, says the specification
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
