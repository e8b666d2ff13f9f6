"""Whole models of many kinds: their size after the passes, how long they take to convert, their error in TensorFlow.js.

    python benchmarks/corpus.py [--write] [NAME...]

Bar: every model converts, with fixed and with dynamic dims, and is within 1e-5 of the largest output on cpu and wasm.
`--write` makes `docs/models.md` from the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.corpus.entry import Entry
from tests.corpus.running import RUN_ON, Answers, Converted, convert, entries

from totfjs.errors import TotfjsError
from totfjs.runtime import open_engine

PATH = Path(__file__).parents[1] / "docs/models.md"
HEAD = (
    "| model | dynamic dims | equations | nodes | JSON, KB | CPU, ms | error on cpu | error on wasm | runs |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
PAGE = """# Whole models

{count} models of many kinds, converted with fixed and, where a dim is named, with dynamic dims, and run in
TensorFlow.js on cpu and wasm: {right} are right. They are small, but for their sizes what users bring; their code is
under `tests/corpus/`. Written by `python benchmarks/corpus.py --write`.

Equations are those of JAX's program, nodes those that compute in the graph, and the CPU's time is that of the
conversion with dynamic dims, beyond the imports. The error is the largest difference from
JAX, relative to the largest value of the output, of both conversions. Models that run with `executeAsync` have loops
whose number of turns only the data tells.

{head}
{rows}
"""


@dataclass(frozen=True)
class Measured:
    """What came of one model."""

    name: str
    row: str
    right: bool


def main(arguments: Sequence[str]) -> bool:
    """Prints the table; true when all models are right."""
    wanted = [word for word in arguments if not word.startswith("--")]
    print(HEAD, flush=True)
    found = []
    list(convert(next(entries())))  # what the first conversion loads is not its own
    with open_engine("mini-racer") as engine:
        for entry in entries():
            if not wanted or any(word in entry.name for word in wanted):
                found.append(measure(engine, entry))
                print(found[-1].row, flush=True)
    right = sum(each.right for each in found)
    print(f"{right} of {len(found)} models are right")
    if "--write" in arguments and not wanted:
        rows = "\n".join(each.row for each in sorted(found, key=lambda each: each.name))
        text = PAGE.format(count=len(found), right=right, head=HEAD, rows=rows)
        PATH.write_text(text, encoding="utf-8")
    return right == len(found)


def measure(engine: Any, entry: Entry) -> Measured:
    """One model: its row, or why there is none."""
    try:
        made = list(convert(entry))
        last = made[-1]
        errors = dict(_errors(engine, made))
    except TotfjsError as error:
        return Measured(entry.name, f"| {entry.name} | | | | | | | | {' '.join(str(error).split())} |", False)
    dims = ", ".join(sorted({str(size) for kind in last.source.inputs.values() for size in kind.shape if _named(size)}))
    runs = "executeAsync" if last.asynchronous else "execute"
    cells = (
        *(entry.name, dims, last.equations, last.nodes, f"{last.json_bytes / 1000:.1f}", f"{last.seconds * 1000:.0f}"),
        *(f"{errors[backend]:.0e}" for backend in RUN_ON),
        runs,
    )
    tolerance = max(entry.tolerance, last.source.tolerance)
    return Measured(entry.name, f"| {' | '.join(map(str, cells))} |", max(errors.values()) <= tolerance)


def _errors(engine: Any, made: Sequence[Converted]) -> Iterator[tuple[str, float]]:
    """The largest relative error on each backend; infinite where something else than numbers differs."""
    answers: Answers = {}
    for backend in RUN_ON:
        rows = [row for each in made for row in each.rows(engine, backend, answers)]
        yield (
            backend,
            max(row.relative_error or 0.0 if row.passed or row.relative_error else float("inf") for row in rows),
        )


def _named(size: Any) -> bool:
    return not isinstance(size, int)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
