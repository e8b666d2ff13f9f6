"""`verify`: an existing web model against a source, against recorded pairs, or against its own graph in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from totfjs.errors import UsageError
from totfjs.runtime import Engine, open_engine
from totfjs.sources.resolve import open_source
from totfjs.sources.tfjs import WebModel
from totfjs.verification.plan import HEADLESS, TOLERANCE, plan
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
    tolerance: float = TOLERANCE,
    seed: int = 0,
    engine: Engine | None = None,
) -> Verification:
    """Runs a web model in a real TensorFlow.js and compares it.

    `against` is a source as `convert` takes it; `pairs` holds inputs and expected outputs by name (a mapping or an
    `.npz` file). With neither, the backends are held against the numpy meaning of the model's own graph.
    """
    if against is not None and pairs is not None:
        raise UsageError("A source and pairs are both given.", remedy="Give one of them to compare with.")
    if tolerance < 0:
        raise UsageError(f"The tolerance {tolerance:g} is negative.", remedy="Give one such as 1e-4.")
    chosen = plan(backends).backends
    if not chosen:
        raise UsageError("There is no backend to verify on.", remedy=f"Give some of {','.join(HEADLESS)}.")
    model = WebModel.read(Path(model_dir))
    if pairs is not None:
        turns, compared = _from_pairs(model, pairs), "the given pairs"
    elif against is not None:
        turns, compared = _from_source(model, against, inputs, weights, seed), "the source"
    else:
        turns, compared = _from_graph(model, seed), "the model's own graph in numpy"
    opened = engine or open_engine()
    try:
        rows, times = run_rounds(opened, Path(model_dir), chosen, iter(turns), tolerance)
    finally:
        if engine is None:
            opened.close()
    return Verification(rows, tolerance, compared, {}, times)


def _from_graph(model: WebModel, seed: int) -> list[Round]:
    turns = []
    for index, sizes in enumerate(rounds(model.inputs)):
        given = sample(model.graph(()), model.inputs, sizes, seed + index)
        turns.append(Round(sizes, given, model.evaluate(given)))
    return turns


def _from_source(
    model: WebModel, against: Any, inputs: Mapping[str, Any] | None, weights: Any, seed: int
) -> list[Round]:
    specs = inputs or {name: str(kind) for name, kind in model.inputs.items()}
    source = open_source(against, inputs=specs, weights=weights)
    if list(source.inputs) != list(model.inputs):
        raise UsageError(
            f"The source has the inputs {', '.join(source.inputs)}, the web model {', '.join(model.inputs)}.",
            remedy="Give the inputs by the web model's names.",
        )
    turns = []
    for index, sizes in enumerate(rounds(source.inputs)):
        given = sample(model.graph(()), source.inputs, sizes, seed + index)
        turns.append(Round(sizes, given, source.evaluate(given)))
    return turns


def _from_pairs(model: WebModel, pairs: str | Path | Mapping[str, np.ndarray]) -> list[Round]:
    arrays = dict(pairs) if isinstance(pairs, Mapping) else read_arrays(pairs)
    given = {name: arrays[name] for name in model.inputs if name in arrays}
    expected = {name: arrays[name] for name in model.outputs if name in arrays}
    if len(given) < len(model.inputs) or not expected:
        raise UsageError(
            f"The pairs hold {', '.join(arrays) or 'nothing'}. "
            f"They need the inputs {', '.join(model.inputs)} and an output of {', '.join(model.outputs)}.",
            remedy="Save these arrays by the model's names with numpy.savez.",
        )
    return [Round({}, given, expected)]
