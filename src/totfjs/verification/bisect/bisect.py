"""`bisect`: the first node at which a web model goes wrong, and whether conversion or backend is to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from totfjs.runtime import HEADLESS, Engine, open_engine
from totfjs.runtime.wanted import wanted
from totfjs.sources.source import Source
from totfjs.sources.tfjs import read_web_model
from totfjs.verification.bisect.record import Bisection
from totfjs.verification.files import Data, arrays_of, pairs_of
from totfjs.verification.given import fitted_inputs
from totfjs.verification.round import Round
from totfjs.verification.tolerance import tolerance_of
from totfjs.verification.turns import turns_of


def bisect(
    model_dir: str | Path,
    against: Any = None,
    *,
    pairs: Data | Sequence[Data] | None = None,
    data: Data | None = None,
    inputs: Mapping[str, Any] | None = None,
    weights: Any = None,
    backends: str | Sequence[str] = HEADLESS,
    tolerance: float | Mapping[str, float] | None = None,
    seed: int = 0,
    engine: Engine | None = None,
    save: str | Path | None = None,
) -> Bisection:
    """Names the first node of a web model that goes wrong, who is to blame, and what to do.

    The arguments are those of `verify`; a source and pairs may both be given. Without a source, backends are held
    against the numpy meaning of the model's graph, and a graph that does not give the pairs is not looked into. `data`
    are inputs to run instead of drawn ones. With `save`, a web model of the one node is written there, with inputs
    that repeat the fault.
    """
    from totfjs.verification.against import source_for  # which knows all sources
    from totfjs.verification.bisect.work import Work  # which `verify` seldom needs

    chosen = wanted(backends).backends
    model = read_web_model(Path(model_dir))
    source = None if against is None else source_for(model, against, inputs, weights)
    turns = _turns(model, source, pairs, data, seed)
    allowed = tolerance_of(0.0 if source is None else source.tolerance, tolerance).nominal
    with open_engine() if engine is None else nullcontext(engine) as opened:
        work = Work(
            Path(model_dir), model, source, turns, opened, chosen, allowed, None if save is None else Path(save)
        )
        return Bisection(str(model_dir), _against(source, pairs), chosen, allowed, tuple(work.findings()), work.notes)


def _turns(model: Any, source: Source | None, pairs: Any, data: Any, seed: int) -> list[Round]:
    """The inputs to run, with what is expected of them if there are pairs."""
    if data is not None:
        fitted = fitted_inputs((source or model).inputs, arrays_of(data))
        return [Round(fitted.sizes, fitted.arrays, dict, batch=fitted.batch, fixed=bool(fitted.batch))]
    if pairs is None:
        return turns_of(model, source or model, seed)
    graph = model.graph(())
    given, expected = pairs_of(pairs, model.inputs, {name: graph.type(value) for name, value in graph.outputs.items()})
    fitted = fitted_inputs(model.inputs, given)
    return [Round(fitted.sizes, fitted.arrays, lambda: expected, batch=fitted.batch, fixed=bool(fitted.batch))]


def _against(source: Source | None, pairs: Any) -> str:
    if pairs is not None:
        return "the given pairs"
    return "its own graph in numpy" if source is None else source.reference
