"""`verify`: an existing web model against a source, against recorded pairs, or against its own graph in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import UsageError
from totfjs.graph.dims import symbols_of
from totfjs.runtime import HEADLESS, Engine, open_engine
from totfjs.sources.resolve import is_web_model, open_source
from totfjs.sources.source import Source
from totfjs.sources.tensorflow import is_tensorflow_file
from totfjs.sources.tfjs import WebModel, read_web_model
from totfjs.verification.drawn import drawn_outputs
from totfjs.verification.fitting import fits, fitted
from totfjs.verification.plan import TOLERANCE, plan
from totfjs.verification.prove import Round, run_rounds
from totfjs.verification.record import Verification
from totfjs.verification.samples import rounds, sample
from totfjs.weights.named_arrays import read_arrays


def verify(
    model_dir: str | Path,
    against: Any = None,
    *,
    pairs: str | Path | Mapping[str, np.ndarray] | None = None,
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    backends: str | Sequence[str] = HEADLESS,
    tolerance: float | None = None,
    seed: int = 0,
    engine: Engine | None = None,
) -> Verification:
    """Runs a web model in a real TensorFlow.js and compares it.

    `against` is a source as `convert` takes it; `pairs` holds inputs and expected outputs by name (a mapping or an
    `.npz` file). With neither, the backends are held against the numpy meaning of the model's own graph.
    """
    if against is not None and pairs is not None:
        raise UsageError("A source and pairs are both given.", remedy="Give one of them to compare with.")
    if tolerance is not None and tolerance < 0:
        raise UsageError(f"The tolerance {tolerance:g} is negative.", remedy="Give one such as 1e-4.")
    chosen = plan(backends).backends
    if not chosen:
        raise UsageError("There is no backend to verify on.", remedy=f"Give some of {','.join(HEADLESS)}.")
    model = read_web_model(Path(model_dir))
    reference: Source = model
    if pairs is not None:
        turns, compared = _from_pairs(model, pairs), "the given pairs"
    elif against is not None:
        reference = _source(model, against, inputs, weights)
        turns, compared = _rounds(model, reference, seed), reference.reference
    else:
        turns, compared = _rounds(model, model, seed), "the model's own graph in numpy"
    allowed = max(TOLERANCE, reference.tolerance) if tolerance is None else tolerance
    opened = engine or open_engine()
    try:
        rows, times = run_rounds(opened, Path(model_dir), chosen, turns, allowed)
    finally:
        if engine is None:
            opened.close()
    return Verification(rows, allowed, compared, {}, times)


def _source(model: Source, against: Any, inputs: Mapping[str, Any] | None, weights: Any) -> Source:
    if isinstance(against, str | Path) and is_web_model(Path(against)):
        source = open_source(against, inputs=inputs, weights=weights)
    elif isinstance(model, WebModel):
        kept = {name: model.description[name] for name in _asked(against) if name in model.description}
        source = open_source(against, inputs=inputs or model.arguments, weights=weights, **kept)
    else:
        source = open_source(against, inputs=inputs, weights=weights)
    renamed = not isinstance(model, WebModel) and len(source.inputs) == len(model.inputs)
    if list(source.inputs) != list(model.inputs) and not renamed:
        raise UsageError(
            f"The source has the inputs {', '.join(source.inputs)}, the web model {', '.join(model.inputs)}.",
            remedy="Give the inputs by the web model's names.",
        )
    return source


def _asked(against: Any) -> tuple[str, ...]:
    """What the web model keeps of what the user asked of its source."""
    is_file = isinstance(against, str | Path) and is_tensorflow_file(against)
    return ("outputs", "signature", "tags") if is_file else ("outputs",)


def _rounds(model: Source, reference: Source, seed: int) -> list[Round]:
    turns, drawn, fit = [], drawn_outputs(model.graph(())), fits(model.graph(()))
    symbols = set(symbols_of(size for kind in reference.inputs.values() for size in kind.shape))
    own = [limit for limit in model.limits if symbols.issuperset(symbols_of((limit.size, limit.least)))]
    for index, each in enumerate(rounds(reference.inputs, (*reference.limits, *own))):
        sizes = fitted(each, fit)
        given = sample(model.graph(()), reference.inputs, sizes, seed + index)
        turns.append(Round(sizes, given, cache(partial(reference.evaluate, given)), drawn))
    return turns


def _from_pairs(model: Any, pairs: str | Path | Mapping[str, np.ndarray]) -> list[Round]:
    arrays = dict(pairs) if isinstance(pairs, Mapping) else read_arrays(pairs)
    given = {name: arrays[name] for name in model.inputs if name in arrays}
    expected = {name: arrays[name] for name in model.outputs if name in arrays}
    if len(given) < len(model.inputs) or not expected:
        raise UsageError(
            f"The pairs hold {', '.join(arrays) or 'nothing'}. "
            f"They need the inputs {', '.join(model.inputs)} and an output of {', '.join(model.outputs)}.",
            remedy="Save these arrays by the model's names with numpy.savez.",
        )
    return [Round({}, given, lambda: expected)]
