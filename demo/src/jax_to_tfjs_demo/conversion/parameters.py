"""The parameters of a model as named arrays: how many numbers they are, and by what to know them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def named(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Each array with its path, such as `conv_1/kernel`, in the order of the names."""
    for name in sorted(params):
        value, path = params[name], f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from named(value, f"{path}/")
        else:
            yield path, np.asarray(value)


def count(params: Mapping[str, Any]) -> int:
    """How many numbers there are."""
    return sum(array.size for _, array in named(params))


def fingerprint(params: Mapping[str, Any]) -> str:
    """A hash of all names, shapes and values: equal for equal parameters alone."""
    digest = hashlib.sha256()
    for path, array in named(params):
        digest.update(f"{path} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
