"""JSON of Keras files as plain values: bounded in size, depth and number of parts, and without contradictions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from totfjs.sources.keras.reading.problems import damaged, unsafe

LONGEST = 32 << 20
_MOST_PARTS = 500_000  # objects and lists: each costs some 64 bytes of memory for 3 bytes of text
_DEEPEST = 150


def parse_object(path: Path, what: str, text: str | bytes) -> Mapping[str, Any]:
    """Read a JSON object, or say what is wrong with it; `what` names it in the error."""
    if isinstance(text, bytes):
        text = _decoded(path, what, text)
    if len(text) > LONGEST or text.count("[") + text.count("{") > _MOST_PARTS:
        raise unsafe(path, f"{what} has {len(text):,} characters, more than the description of any model")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"{what} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise damaged(path, f"{what} is not a JSON object")
    if _deeper_than(_DEEPEST, value):
        raise unsafe(path, f"{what} is nested deeper than {_DEEPEST} levels")
    return value


def parse_model(path: Path, what: str, text: str | bytes) -> Mapping[str, Any]:
    """Read the configuration of a model."""
    config = parse_object(path, what, text)
    if not isinstance(config.get("class_name"), str) or not isinstance(config.get("config"), dict | list):
        raise damaged(path, f"{what} is no model: it lacks class_name or config")
    return config


def _decoded(path: Path, what: str, text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged(path, f"{what} is not UTF-8") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _constant(text: str) -> float:
    """Infinity, which an argument of a layer may be; NaN would pass every check of a range."""
    if text == "NaN":
        raise ValueError("it holds NaN")
    return float(text)


def _deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    parts = value.values() if isinstance(value, dict) else value
    return [part for part in parts if isinstance(part, dict | list)]
