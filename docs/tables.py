"""Writes the tables of `docs/` that are made from the code: `python docs/tables.py` (a test holds them up to date)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from totfjs.graph.ops import FAMILIES, OpSpec

HERE = Path(__file__).parent
OPS = """# Ops of TensorFlow.js {version}

What the graph executor of the stock runtime really runs, as the specs under `src/totfjs/graph/ops/` hold it. Limits
and differences on cpu and wasm are observed by the tests; those of webgl and webgpu are read from the sources of the
runtime. A call that meets a limit is refused for the backends that have it. A difference depends on the data: on those
values the backend gives something else than the op means.

{count} ops; {unwired} more are listed by the runtime and cannot be used.
"""


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


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
