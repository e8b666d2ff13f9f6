"""How far quantized weights move a model's outputs, and how far their rounding explains that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.sources.source import Source
from totfjs.sources.tfjs import WebModel
from totfjs.verification.compare import compare
from totfjs.verification.round import Arrays, Round, in_batches
from totfjs.verification.tolerance import Tolerance
from totfjs.weights.array import as_array
from totfjs.weights.entry import Entry

# Float16 keeps 11 bits of a number.
_HALF = 2.0**-11
# Two roundings are alike in size, but not the same: what the worst of a few does is taken this many times.
_ALIKE, _SHAKES = 5.0, 8


def moved(model: Source, own: Sequence[Round], turns: Sequence[Round], allowed: Tolerance) -> tuple[float, float]:
    """How far quantized weights move a model from what is expected, and how far rounding explains that.

    `own` are the rounds with what those weights mean, `turns` with what is expected; the furthest round counts.
    """
    distances = [deviation(mine.expected(), turn.expected(), turn.drawn) for mine, turn in zip(own, turns, strict=True)]
    distance = max(distances)
    furthest = distances.index(distance)
    found, turn, explained = own[furthest].expected(), turns[furthest], 0.0
    for seed in range(_SHAKES if np.isfinite(distance) else 1):
        effect = deviation(meaning(_shaken_model(model, seed), turn), found, turn.drawn)
        if np.isfinite(effect):  # one that makes NaN of numbers would explain anything
            explained = max(explained, _ALIKE * effect + allowed.nominal)
        if distance <= explained:
            break
    return distance, explained


def meaning(model: Source, turn: Round) -> Arrays:
    """What a written model means, under the source's names: those of a layers model may be other ones."""
    names = list(model.inputs)
    found = in_batches(
        turn,
        lambda part: model.evaluate(dict(zip(names, part.values(), strict=True))),
        lambda done, of: None,
    )
    expected = turn.expected()
    return found if set(expected) <= set(found) else dict(zip(expected, found.values(), strict=True))


def deviation(actual: Arrays, expected: Arrays, drawn: Collection[str] = ()) -> float:
    """The largest error of any float output that is not random, relative to the largest value of that output.

    Outputs of another shape, or with NaN in other places, are infinitely far apart.
    """
    names = [name for name in expected if name not in drawn and np.asarray(expected[name]).dtype.kind in "fcV"]
    compared = [compare("", {}, name, np.asarray(actual[name]), expected[name], float("inf")) for name in names]
    return max(((row.relative_error or 0.0) if row.passed else float("inf") for row in compared), default=0.0)


def is_rounded(model: Source) -> bool:
    """Whether some weights of a written model are stored in fewer bits."""
    return any(entry.affine for entry in _entries(model).values())


def _entries(model: Any) -> Mapping[str, Entry]:
    if isinstance(model, WebModel):
        return model.weights
    return getattr(model, "entries", None) or {}


def _shaken_model(model: Any, seed: int) -> Source:
    """The same model with its weights rounded once more."""
    generator = np.random.default_rng(seed)
    entries = {name: _shaken(generator, entry) for name, entry in _entries(model).items()}
    if isinstance(model, WebModel):
        return replace(model, weights=entries)
    from totfjs.sources.tfjs.layers import layers_with

    return layers_with(Path(), model.document, entries)


def _shaken(generator: np.random.Generator, entry: Entry) -> Entry:
    """A weight rounded once more: by up to half a step."""
    if entry.affine is None:
        return entry
    values = entry.values.numpy()
    if entry.affine.scale is None:
        step = np.abs(values) * _HALF * generator.uniform(-1, 1, values.shape)
    else:
        step = entry.affine.scale * generator.uniform(-0.5, 0.5, values.shape)
    return Entry(entry.name, as_array((values + step).astype(values.dtype)))
