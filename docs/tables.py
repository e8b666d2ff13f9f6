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
from totfjs.sources.tensorflow import ops as tensorflow

HERE = Path(__file__).parent
OPS = """# Ops of TensorFlow.js {version}

What the graph executor of the stock runtime really runs, as the specs under `src/totfjs/graph/ops/` hold it. Limits
and differences on cpu and wasm are observed by the tests; those of webgl and webgpu are read from the sources of the
runtime. A call that meets a limit is refused for the backends that have it. A difference depends on the data: on those
values the backend gives something else than the op means.

{count} ops; {unwired} more are listed by the runtime and cannot be used.
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
    """`ops.md`: each op with its limits and differences."""
    modules = [import_module(f"totfjs.graph.ops.{family}") for family in FAMILIES]
    specs = {module.__name__.rpartition(".")[2]: module.OPS for module in modules}
    unwired = {op: why for module in modules for op, why in getattr(module, "NOT_WIRED", {}).items()}
    count = sum(len(ops) for ops in specs.values())
    parts = [OPS.format(version="4.22", count=count, unwired=len(unwired))]
    for family, ops in specs.items():
        if ops:
            parts.append(f"## {family.replace('_', ' ')}\n\n| op | limits | differences |\n|---|---|---|\n")
            parts[-1] += "".join(f"{_row(spec)}\n" for spec in sorted(ops, key=lambda spec: spec.name))
    parts.append("## Not usable\n\n| op | why |\n|---|---|\n")
    parts[-1] += "".join(f"| {op} | {_cell(why)} |\n" for op, why in sorted(unwired.items()))
    return "\n".join(parts)


def _row(spec: OpSpec) -> str:
    name = f"{spec.name}{' (async)' if spec.asynchronous else ''}"
    limits = "<br>".join(f"{', '.join(limit.backends)}: {_cell(limit.reason)}" for limit in spec.limits)
    differences = "<br>".join(f"{', '.join(item.backends)}: {_cell(item.reason)}" for item in spec.differences)
    return f"| {name} | {limits} | {differences} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def pages() -> Iterator[tuple[Path, str]]:
    """Each page that is made from the code."""
    yield HERE / "ops.md", ops_page()
    yield HERE / "tensorflow.md", tensorflow_page()


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
