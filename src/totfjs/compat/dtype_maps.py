"""The old package's maps from dtypes to patterns of weight names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def quantization(dtypes: Mapping[str, Any] | None) -> list[str] | None:
    """What the old package takes as a map from dtypes to patterns, as totfjs takes it.

    The pattern `*` means all weights: single numbers, which it would save nothing to quantize, are left alone.
    """
    if not dtypes:
        return None
    found: list[str] = []
    for dtype, patterns in dtypes.items():
        if not patterns:
            continue
        listed = [patterns] if isinstance(patterns, str) else patterns
        named = ["*"] if not isinstance(listed, Iterable) else listed
        found += [dtype if pattern == "*" else f"{dtype}:{pattern}" for pattern in named]
    return found or None
