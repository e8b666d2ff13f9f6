"""Writes the tables of `docs/` that are made from the code: `python docs/tables.py` (a test holds them up to date)."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from totfjs.graph.ops import FAMILIES, OpSpec
from totfjs.graph.ops.elementwise import GPU_SUBNORMALS
from totfjs.graph.ops.spec import BACKENDS, Backend, Difference, Limit, no_kernel
from totfjs.sources.tensorflow import ops as tensorflow

HERE = Path(__file__).parent
OPS = """# Ops of TensorFlow.js {version}

What the graph executor of the stock runtime really runs, as the specs under `src/totfjs/graph/ops/` hold it, and how it
fares on each backend. The tests observe it: every op on cpu and wasm, and on webgl and webgpu in Chromium with a GPU in
software (SwiftShader), with tensors that are on the GPU however small they are.

✓ stands for right, – for an op that the backend has no kernel for. Numbers lead to what has to be known:

- A *limit* depends on types, attributes and constants. A call that meets one is refused for the backends that have it,
  and totfjs takes another way.
- A *difference* depends on the data: there the backend gives something else than the op means.
- *May differ*: not always, or not on every GPU. The languages of shaders leave much to the driver, such as NaN.

GPUs may take numbers below 1.2e-38 for 0. A tensor of webgl or webgpu that is small and not on the GPU yet is computed
by the kernels of cpu, with the limits and differences of those.

{count} ops; {unwired} more are listed by the runtime and cannot be used.
"""
GPU_ERRORS = """## Errors of functions on GPUs

What webgl and webgpu may be wrong by, as a software GPU was seen to be or as the languages of shaders allow: relative
to the result (or to the largest element, for sums of products), and what comes on top.

| op | relative | absolute |
|---|---|---|
"""
TENSORFLOW = """# Ops of TensorFlow

The {count} ops of TensorFlow that totfjs lowers, whatever kind of file they are in. Each is held against what
TensorFlow {version} computed, in {rows} graphs (their number stands behind the op; those without one occur in the
whole models of the tests): in numpy and in real TensorFlow.js on cpu and wasm, through all optimisations. TensorFlow
wrote the graphs; ops that it no longer writes stand there under their old names. What else a graph holds is refused.
"""
TENSORFLOW_REFUSED = """## Refused in part

What an op of the table is refused for, as the tests have it.

| graph | the reason |
|---|---|
"""
TENSORFLOW_NEVER = """## Never converted

| op | why |
|---|---|
"""
FIXTURES = HERE.parent / "tests" / "fixtures" / "tensorflow" / "ops"


def tensorflow_page() -> str:
    """`tensorflow.md`: each op with the number of graphs that hold it against TensorFlow, and what is refused."""
    rows = list(_fixtures())
    held = Counter(op for row in rows if not row["refused"] for op in row["ops"])
    parts = [TENSORFLOW.format(count=len(tensorflow.table()), version=rows[0]["tensorflow"], rows=len(rows))]
    for family in tensorflow.FAMILIES:
        names = sorted(import_module(f"{tensorflow.__name__}.{family}").OPS, key=str.lower)
        listed = ", ".join(f"{name} ({held[name]})" if held[name] else name for name in names)
        parts.append(f"## {family.replace('_', ' ')}\n\n{listed}\n" if names else "")
    refused = sorted({(row["name"], row["refused"]) for row in rows if row["refused"]})
    parts.append(TENSORFLOW_REFUSED + _rows(refused))
    parts.append(TENSORFLOW_NEVER + _rows(sorted(tensorflow.refused().items())))
    return "\n".join(filter(None, parts))


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"| {_cell(name)} | {_cell(why)} |\n" for name, why in pairs)


def _fixtures() -> Iterator[dict[str, Any]]:
    for path in sorted(FIXTURES.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read("index.json"))
        yield from ({**row, "tensorflow": index["tensorflow"]} for row in index["rows"])


def ops_page() -> str:
    """`ops.md`: each op on each backend, with its limits and differences."""
    modules = [import_module(f"totfjs.graph.ops.{family}") for family in FAMILIES]
    specs = {module.__name__.rpartition(".")[2]: module.OPS for module in modules}
    unwired = {op: why for module in modules for op, why in getattr(module, "NOT_WIRED", {}).items()}
    count = sum(len(ops) for ops in specs.values())
    parts = [OPS.format(version="4.22", count=count, unwired=len(unwired))]
    parts += [_family(name, sorted(ops, key=lambda spec: spec.name)) for name, ops in specs.items() if ops]
    parts.append(GPU_ERRORS + "".join(_gpu_errors(spec for ops in specs.values() for spec in ops)))
    parts.append("## Not usable\n\n| op | why |\n|---|---|\n" + _rows(sorted(unwired.items())))
    return "\n".join(parts)


def _family(name: str, ops: list[OpSpec]) -> str:
    """The table of a family, and below it what its numbers stand for."""
    numbers: dict[str, int] = {}
    table = "".join(_row(spec, numbers) for spec in ops)
    notes = "".join(f"{number}. {text}\n" for text, number in numbers.items())
    head = f"## {name.replace('_', ' ')}\n\n| op | {' | '.join(BACKENDS)} |\n|---{'|---' * len(BACKENDS)}|\n"
    return head + table + (f"\n{notes}" if notes else "")


def _row(spec: OpSpec, numbers: dict[str, int]) -> str:
    cells = (_on(spec, backend, numbers) for backend in BACKENDS)
    return f"| {spec.name}{' (async)' if spec.asynchronous else ''} | {' | '.join(cells)} |\n"


def _on(spec: OpSpec, backend: Backend, numbers: dict[str, int]) -> str:
    """How an op fares on a backend; what is told for the first time gets a number."""
    told: list[tuple[Limit | Difference, str]] = [(limit, f"Limit: {limit.reason}") for limit in spec.limits]
    told += [
        (item, f"{'Difference' if item.certain else 'May differ'}: {item.reason}")
        for item in spec.differences
        if item is not GPU_SUBNORMALS
    ]
    if any(item.reason == no_kernel().reason for item, _ in told if backend in item.backends):
        return "–"
    texts = dict.fromkeys(text for item, text in told if backend in item.backends)
    marks = sorted(numbers.setdefault(_line(text), len(numbers) + 1) for text in texts)
    return " ".join(["✓", ", ".join(map(str, marks))]).strip()


def _gpu_errors(specs: Iterable[OpSpec]) -> Iterator[str]:
    for spec in sorted(specs, key=lambda spec: spec.name):
        if spec.gpu_tolerance > spec.tolerance or spec.gpu_absolute > spec.absolute:
            relative, absolute = spec.error("webgl")
            yield f"| {spec.name} | {relative:.1g} | {f'{absolute:.1g}' if absolute > 1e-37 else ''} |\n"


def _line(text: str) -> str:
    return text.replace("\n", " ")


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def pages() -> Iterator[tuple[Path, str]]:
    """Each page that is made from the code."""
    yield HERE / "ops.md", ops_page()
    yield HERE / "tensorflow.md", tensorflow_page()


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
