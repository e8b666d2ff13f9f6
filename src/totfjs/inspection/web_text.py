"""How a web model reads on a terminal; a thousand weights are grouped by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from totfjs.inspection.legality import Legality, Obstacle
from totfjs.inspection.program import TABLES, Program
from totfjs.inspection.sizes import MOST, Storage, in_memory
from totfjs.inspection.web_model import ModelInfo

# Lines that shards and obstacles may take by themselves.
_SHOWN = 6


def lines_of(info: ModelInfo, full: bool) -> Iterator[str]:
    """The description, line by line."""
    yield f"{info.path}: {info.format}, made by {info.made_by or 'unknown'}"
    yield from (f"  in   {name}: {kind}" for name, kind in info.inputs.items())
    yield from (f"  of   {name}: {kind}" for name, kind in info.arguments.items())
    yield from (f"  out  {name}: {kind}" for name, kind in info.outputs.items())
    if info.dims:
        yield "  dims " + ", ".join(info.dims) + (f", where {', '.join(info.limits)}" if info.limits else "")
    if info.ops:
        yield "  ops  " + ", ".join(f"{op} {n}" for op, n in info.ops.items())
        yield f"  {nodes_text(info.program)}; {call_text(info.program)}"
    yield from (f"  {line}" for line in _legality(info.legality, full))
    if info.layers:
        from totfjs.inspection.layers import table

        yield from (f"  {line}" for line in table(info.layers))
    yield from (f"  {line}" for line in _totals(info))
    yield from _weights(info, full)


def nodes_text(program: Program) -> str:
    """How many nodes there are, and where."""
    within = f", in it and its {counted(len(program.functions), 'function')}" if program.functions else ""
    return f"{counted(program.nodes, 'node')}, {program.constants:,} of them constants{within}"


def call_text(program: Program) -> str:
    """Which of its methods a page has to call."""
    if not program.waits:
        return "predict or execute runs it"
    return f"needs executeAsync: it holds {', '.join(sorted(program.waits, key=lambda op: (op == TABLES, op)))}"


def grouped(obstacles: Iterable[Obstacle]) -> list[tuple[Obstacle, int]]:
    """The first obstacle of each op and reason, and how many there are of it."""
    found: dict[tuple[str, tuple[str, ...], str], list[Obstacle]] = {}
    for each in obstacles:
        found.setdefault((each.op, each.backends, each.reason), []).append(each)
    return [(each[0], len(each)) for each in found.values()]


def counted(count: int, what: str) -> str:
    """`1 node`, `2,000 nodes`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _legality(legality: Legality, full: bool) -> Iterator[str]:
    may = [name for name, allowed in legality.backends.items() if allowed]
    if may:
        yield f"may run on {', '.join(may)} by the limits of its ops"
    if legality.untold:
        yield f"where it may run is not told: {legality.untold}"
    rows = [(each, 1) for each in legality.obstacles] if full else grouped(legality.obstacles)
    for each, count in rows if full else rows[:_SHOWN]:
        others = f" and {count - 1} more" if count > 1 else ""
        yield f"not on {', '.join(each.backends)}: {each.op} {each.node!r}{others}: {each.reason} ({each.effect})"
    if not full and len(rows) > _SHOWN:
        yield f"and {len(rows) - _SHOWN} more kinds of obstacles (--all lists them)"


def _totals(info: ModelInfo) -> Iterator[str]:
    size, memory = sum(info.shards.values()), sum(map(in_memory, info.weights))
    weights, shards = counted(len(info.weights), "weight"), counted(len(info.shards), "shard")
    loaded = "" if memory == size else f", {memory:,} bytes when loaded"
    yield f"{info.parameters:,} parameters in {weights}, {size:,} bytes in {shards}{loaded}"
    yield from (storage_text(row) for row in info.storage if row.stored != row.dtype)
    listed = [f"{name} {count:,}" for name, count in info.shards.items()]
    if len(listed) > 1:
        rest = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        yield f"shards {', '.join(listed[:_SHOWN])}{rest}"
    if named := [key for key in info.metadata if key != "totfjs"]:
        yield f"metadata {', '.join(named)}"


def storage_text(row: Storage) -> str:
    """What is stored as what, and what that saves."""
    what = counted(row.weights, f"{row.dtype} weight")
    return f"{what} stored as {row.stored}: {row.bytes:,} bytes instead of {row.memory:,}"


def _weights(info: ModelInfo, full: bool) -> Iterator[str]:
    if full or len(info.weights) <= MOST or any(weight.values for weight in info.weights):
        yield from (f"    {weight}" for weight in info.weights)
        return
    yield "  by layer (--all lists each weight)"
    cells = [(group.name or "(no layer)", f"{group.parameters:,}", f"{group.bytes:,}") for group in info.groups]
    yield from (f"    {line}" for line in _aligned([("layer", "parameters", "bytes"), *cells]))


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    for first, *rest in rows:
        yield "  ".join([first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))])
