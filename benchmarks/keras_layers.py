"""Every Keras layer of the tests' table, as a graph model on cpu and wasm and as a layers model: errors and refusals.

    python benchmarks/keras_layers.py [--write] [WORD...]

Bars: at least 350 models, error at most 1e-5 of the largest output, no silent mismatch, at least 95 % become graphs.
`--write` makes `docs/keras.md` from the table.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from tests.graph.ops.harness import run
from tests.sources.keras.browser.expected import UNLIKE
from tests.sources.keras.row import Row, built, outputs, table

from totfjs import run as run_model
from totfjs.errors import EngineError, TotfjsError
from totfjs.graph.encode import distinct
from totfjs.passes import optimize
from totfjs.runtime import open_engine
from totfjs.sources.keras import load
from totfjs.sources.keras.operations.refused import REFUSED
from totfjs.sources.keras.source import KerasModel
from totfjs.targets.layers_model import write_layers_model

PATH = Path(__file__).parents[1] / "docs/keras.md"
BACKENDS = ("cpu", "wasm", "webgl", "webgpu")
PAGE = """# Keras layers

{count} models of one layer or few, saved by Keras 3 as `.keras` and `.h5`, read without Keras, and run in TensorFlow.js
on cpu and wasm: {graphs} become graph models, of which {wrong} are wrong; {layers} become layers models, of which
{wrong_layers} are wrong. The error is the largest of all variants and backends, relative to the largest value of the
output. A graph model is refused for what stands in the last column; a layers model that tfjs-layers would compute
otherwise is refused too, and `totfjs convert` writes a graph model then. What layers models make of NaN in pools,
maxima and minima, and of empty batches, is told in [accuracy.md](accuracy.md). Written by
`python benchmarks/keras_layers.py --write`.

| layer | variants | graph models | error | layers models | error | refused |
|---|---|---|---|---|---|---|
{rows}

## Refused whatever their arguments

| what | why |
|---|---|
| `Lambda`, `JaxLayer`, `FlaxLayer`, `TorchModuleWrapper`, `TFSMLayer`, layers and functions of one's own | they are code, which no file is asked for: pass the model object in Python |
| quantised layers (int8, int4, float8, GPTQ, AWQ) | convert the model as it was before |
| `HashedCrossing`, `Hashing` with a salt or of numbers | the runtime has no such hash |
| `TextVectorization` by characters or with n-grams | the runtime does not split so; any `standardize` but None runs on cpu and webgl alone |
| `StringLookup`, `IntegerLookup` without their vocabulary in the file | nothing says what the words mean |
| `ContrastLimitedAdaptiveHistogramEqualization`, `MaxNumBoundingBoxes`, `FeatureSpace` | totfjs has no lowering for them |
| `GRU` with `reset_after`, as a layers model | tfjs-layers has no such cell; it becomes a graph model |

Operations of `keras.ops` that are refused:

| operations | why |
|---|---|
{operations}
"""  # noqa: E501


@dataclass(frozen=True)
class Measured:
    """One row: its errors, or why there is none."""

    label: str
    graph: float | None
    layers: float | None
    refused: str
    bar: float

    @property
    def wrong(self) -> bool:
        """Whether the graph computes something else."""
        return self.graph is not None and not self.graph <= self.bar

    @property
    def wrong_layers(self) -> bool:
        """Whether the layers model computes something else."""
        return self.layers is not None and not self.layers <= self.bar


def main(arguments: Sequence[str]) -> bool:
    """Prints the figures; true when the bars are met."""
    os.environ["KERAS_BACKEND"] = "jax"
    warnings.simplefilter("ignore")
    words = [word for word in arguments if not word.startswith("--")]
    found = []
    with open_engine("mini-racer") as engine:
        for row in table():
            if not words or any(word in row.label for word in words):
                found.append(measure(engine, row))
                shown = found[-1]
                if shown.wrong or shown.wrong_layers or shown.graph is None:
                    print(shown, flush=True)
    graphs = [each for each in found if each.graph is not None]
    layers = [each for each in found if each.layers is not None]
    wrong, wrong_layers = sum(each.wrong for each in found), sum(each.wrong_layers for each in found)
    print(f"{len(found)} models: {len(graphs)} graphs ({len(graphs) / len(found):.1%}), {wrong} wrong;")
    print(f"{len(layers)} layers models, {wrong_layers} wrong")
    if "--write" in arguments and not words:
        rows = "\n".join(_line(name, items) for name, items in sorted(_grouped(found).items()))
        counts = {"count": len(found), "graphs": len(graphs), "layers": len(layers)}
        counts |= {"wrong": wrong, "wrong_layers": wrong_layers}
        text = PAGE.format(**counts, rows=rows, operations="\n".join(_operations()))
        PATH.write_text(text, encoding="utf-8")
    return not wrong and not wrong_layers and len(graphs) >= 0.95 * len(found)


def measure(engine: Any, row: Row) -> Measured:
    """What comes of one row."""
    model = built(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        refused, graph, layers = "", None, None
        try:
            source = load(path)
            source.graph(BACKENDS)
            expected = outputs(model, row.inputs, row.eager)
            fed = dict(zip(source.inputs, row.inputs, strict=True))
            graph = max(_graph_errors(engine, source, fed, expected))
        except TotfjsError as error:
            return Measured(row.label, None, None, error.what, row.tolerance)
        if not source.obstacles() and not row.label.endswith(UNLIKE):
            try:
                layers = _layers_error(engine, source, fed, expected, Path(folder) / "web")
            except EngineError as error:
                layers, refused = float("inf"), error.what
    return Measured(row.label, graph, layers, refused, row.tolerance)


def _graph_errors(
    engine: Any, source: KerasModel, fed: Mapping[str, np.ndarray], expected: Sequence[np.ndarray]
) -> Iterator[float]:
    graph = distinct(optimize(source.graph(BACKENDS)))
    for backend in ("cpu", "wasm"):
        yield _error(run(engine, graph, dict(fed), backend), expected)


def _layers_error(
    engine: Any, source: KerasModel, fed: Mapping[str, np.ndarray], expected: Sequence[np.ndarray], web: Path
) -> float:
    write_layers_model(web, source.layers_model())
    return _error(run_model(web, fed, backend="cpu", engine=engine), expected)


def _error(actual: Mapping[str, np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """The largest error, relative to the largest value; infinite where NaN or shapes differ."""
    worst = 0.0
    for mine, theirs in zip(actual.values(), expected, strict=True):
        if mine.dtype.kind in "OSU" or theirs.dtype.kind in "OSU":
            worst = max(worst, 0.0 if np.array_equal(mine.astype(str), theirs.astype(str)) else np.inf)
            continue
        one, other = np.asarray(mine, np.float64), np.asarray(theirs).astype(np.float64)
        if one.shape != other.shape or not np.array_equal(np.isnan(one), np.isnan(other)):
            return float("inf")
        finite = np.isfinite(other)
        if not np.array_equal(one[~finite & ~np.isnan(other)], other[~finite & ~np.isnan(other)]):
            return float("inf")
        scale = np.abs(other[finite]).max(initial=0.0) or 1.0
        worst = max(worst, float(np.abs(one[finite] - other[finite]).max(initial=0.0) / scale))
    return worst


def _operations() -> Iterator[str]:
    """The operations that are refused, by the reason."""
    for reason in dict.fromkeys(REFUSED.values()):
        names = sorted(name for name, why in REFUSED.items() if why == reason)
        yield f"| {', '.join(names)} | {reason} |"


def _grouped(found: Sequence[Measured]) -> dict[str, list[Measured]]:
    groups: dict[str, list[Measured]] = {}
    for each in found:
        groups.setdefault(each.label.partition("/")[0], []).append(each)
    return groups


def _line(name: str, items: Sequence[Measured]) -> str:
    """The table's line of a class."""
    graphs = [each.graph for each in items if each.graph is not None]
    layers = [each.layers for each in items if each.layers is not None]
    reasons = dict.fromkeys(_reason(each.refused) for each in items if each.refused)
    cells = [name, str(len(items)), str(len(graphs)), _figure(graphs), str(len(layers)), _figure(layers)]
    return f"| {' | '.join([*cells, ' '.join(reasons)])} |"


def _reason(refused: str) -> str:
    """Why a model is refused, without the names that Keras gave."""
    lines = [re.sub(r"^\s*\S+ \([\w.]+\): ?", "", line) for line in refused.splitlines()]
    text = re.sub(r"\w*input_layer\w*", "of its input", lines[-1])
    return (text[:1].upper() + text[1:]).replace("|", "\\|")


def _figure(errors: Sequence[float]) -> str:
    return (f"{max(errors):.0e}" if max(errors) else "0") if errors else ""


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
