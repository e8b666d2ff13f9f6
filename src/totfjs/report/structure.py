"""What the model is: inputs and outputs, its program, where it may run, size by layer, quantization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from totfjs.inspection import ModelInfo
from totfjs.inspection.sizes import Group, in_memory
from totfjs.inspection.web_text import call_text, counted, grouped, nodes_text
from totfjs.report.markup import Content, Html, code, element, facts, kind_text, table
from totfjs.report.numbers import share
from totfjs.sizes import size_text

# Rows up to which tables of inputs, ops and obstacles are whole.
MOST = 40


def model(info: ModelInfo) -> Html:
    """Inputs, outputs, the program and where it may run."""
    ports = [("input", name, kind) for name, kind in info.inputs.items()]
    ports += [("output", name, kind) for name, kind in info.outputs.items()]
    rows = [(code(name), what, kind_text(kind)) for what, name, kind in ports]
    return Html(
        _capped("Inputs and outputs", ("name", "what", "type"), rows)
        + facts(_facts(info))
        + _obstacles(info)
        + _ops(info)
    )


def _facts(info: ModelInfo) -> Iterator[tuple[Content, Content]]:
    yield "format", f"{info.format}, made by {info.made_by or 'unknown'}"
    for name, kind in info.arguments.items():
        yield ["argument ", code(name)], kind_text(kind)
    if info.dims:
        yield "dynamic dims", ", ".join(info.dims) + (f", where {', '.join(info.limits)}" if info.limits else "")
    if info.program.nodes:
        yield "program", f"{nodes_text(info.program)}; {call_text(info.program)}"
    may = [name for name, allowed in info.legality.backends.items() if allowed]
    if may:
        yield "may run on", f"{', '.join(may)}, by the limits of its ops"
    if info.legality.untold:
        yield "where it may run", f"not told: {info.legality.untold}"
    if named := [key for key in info.metadata if key != "totfjs"]:
        yield "metadata", ", ".join(named)


def _obstacles(info: ModelInfo) -> Html:
    rows = [
        (code(each.node), each.op, ", ".join(each.backends), f"{each.reason} ({each.effect})", f"{count:,}")
        for each, count in grouped(info.legality.obstacles)
    ]
    heads = ("first node", "op", "not on", "because", "nodes")
    return _capped("What stops a backend", heads, rows, numbers=(4,)) if rows else Html("")


def _ops(info: ModelInfo) -> Html:
    """The ops and how often each occurs; the layers of a layers model."""
    if info.layers:
        layers = [row.cells for row in info.layers]
        return _capped("Layers", ("layer", "type", "output", "parameters", "connected to"), layers, numbers=(3,))
    items = [element("li", code(op), f" {count:,}") for op, count in info.ops.items()]
    return Html(element("h3", "Ops") + element("ul", *items, class_="ops")) if items else Html("")


def _capped(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Content]], numbers: Sequence[int] = ()) -> Html:
    drawn = table(caption, heads, rows[:MOST], numbers=numbers)
    rest = len(rows) - MOST
    said = f"{rest:,} more rows are not shown; totfjs inspect has all."
    return Html(drawn + element("p", said, class_="aside")) if rest > 0 else drawn


def sizes(info: ModelInfo) -> Html:
    """What it weighs: in all, by layer, and by the dtypes that are stored."""
    size, memory = sum(info.shards.values()), sum(map(in_memory, info.weights))
    files = counted(len(info.shards), "file")
    weights = f"{info.parameters:,} parameters in {counted(len(info.weights), 'weight')}"
    said = element("p", f"{weights}: {size_text(size)} to download in {files}, {size_text(memory)} in memory.")
    return Html(said + _layers(info.groups) + _storage(info)) if info.weights else Html("")


def _layers(groups: Sequence[Group]) -> Html:
    most, total = max((group.bytes for group in groups), default=0) or 1, sum(group.bytes for group in groups) or 1
    rows = [
        (
            code(group.name or "(no layer)")
            if group.weights == 1 or "smaller layers" not in group.name
            else group.name,
            f"{group.parameters:,}",
            size_text(group.bytes),
            share(group.bytes / total),
            _bar(group.bytes / most),
        )
        for group in groups
    ]
    heads = ("layer", "parameters", "size", "share", "")
    return element("div", table("Size by layer", heads, rows, numbers=(1, 2, 3)), class_="layers")


def _bar(part: float) -> Html:
    """A length; the cells before it say it in numbers."""
    width = f"{max(100 * part, 0.5):.1f}"
    bar = element("rect", width=width, height=8, class_="bar")
    return element("svg", bar, viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true", class_="share")


def _storage(info: ModelInfo) -> Html:
    rows = [
        (row.dtype, row.stored, f"{row.weights:,}", f"{row.parameters:,}", size_text(row.bytes), size_text(row.saved))
        for row in info.storage
    ]
    heads = ("used as", "stored as", "weights", "parameters", "size", "saved")
    quantized = any(row.stored != row.dtype for row in info.storage)
    caption = "Quantization" if quantized else "Storage: no weight is quantized"
    return table(caption, heads, rows, numbers=range(2, 6))
