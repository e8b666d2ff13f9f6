"""One checkpoint stored in every way, each converted and compared: what a smaller model costs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from jax_to_tfjs_demo.conversion import NAMES, Origin, convert
from jax_to_tfjs_demo.data import Dataset
from jax_to_tfjs_demo.models import Model, Params
from jax_to_tfjs_demo.verification.compare import Comparison, Report, compare


def compared(
    model: Model,
    params: Params,
    origin: Origin,
    dataset: Dataset,
    *,
    names: Sequence[str] = NAMES,
    backends: str | Sequence[str] = ("wasm",),
    report: Callable[[str], Report],
) -> Iterator[Comparison]:
    """A comparison for each way to store weights, one after another; the web models are gone afterwards.

    `report` gives what hears of the progress of one of them, by its name.
    """
    with tempfile.TemporaryDirectory(prefix="jax_to_tfjs_") as directory:
        for name in names:
            web_model = Path(directory) / f"{model.name}_{name}"
            convert(model, params, web_model, replace(origin, quantization=name), verify="off")
            yield compare(web_model, model, params, dataset, quantization=name, backends=backends, report=report(name))
