"""How a verification reads on a terminal: a row for each output on each backend, and the verdict last."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from totfjs.cli.text import plural
from totfjs.sizes import size_text

if TYPE_CHECKING:
    from totfjs.verification import Accuracy, Row, Timing, Verification

# The columns that names of backends, sizes and outputs share beside the numbers, so that a line has at most 100; the
# widest sizes, and the least that is left of an output's name.
_NAMES, _SIZES, _LEAST = 31, 12, 10
_GREEN, _RED, _PLAIN = "\033[32m", "\033[31m", "\033[0m"


def painted() -> Callable[[str, bool | None], str]:
    """Colours text by a verdict, on a terminal that nobody told not to."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lambda text, passed: text
    colours = {True: _GREEN, False: _RED, None: ""}
    return lambda text, passed: f"{colours[passed]}{text}{_PLAIN}" if colours[passed] else text


def describe(found: Verification, paint: Callable[[str, bool | None], str]) -> str:
    """All that was found, and the verdict in the last line."""
    blocks = [
        _outputs(found.rows, paint),
        _timings(found.timing, found.environment),
        _accuracy(found.accuracy),
        list(_remarks(found)),
        [f"  {each}" for each in _failures(found)],
    ]
    bisection = [str(found.bisection)] if found.bisection is not None else []
    lines = [line for block in (*blocks, bisection) if block for line in (*block, "")]
    return "\n".join([*lines, paint(verdict(found), found.passed)])


def _outputs(rows: Sequence[Row], paint: Callable[[str, bool | None], str]) -> list[str]:
    if not rows:
        return []
    some_nan = any((row.nan_agreement or 0) < 1 for row in rows if row.nan_agreement is not None)
    names = ["", "backend", "sizes", "output", "max abs", "relative", "MSE", "cosine", "top-1", *(["NaN"] * some_nan)]
    taken = max(len(row.backend) for row in rows) + max(len(_sizes(row)) for row in rows)
    cells = [_cells(row, max(_NAMES - taken, _LEAST))[: len(names)] for row in rows]
    head, *lines = columns([names, *cells], text=4)
    return [head, *(paint(line, None if row.passed else False) for line, row in zip(lines, rows, strict=True))]


def _sizes(row: Row) -> str:
    return shortened(" ".join(f"{name}={size}" for name, size in row.sizes.items()), _SIZES)


def _cells(row: Row, width: int) -> list[str]:
    return [
        "ok" if row.passed else "FAIL",
        row.backend,
        _sizes(row),
        shortened(row.output, width),
        *(number(each) for each in (row.max_abs_error, row.relative_error, row.mean_squared_error)),
        "" if row.cosine is None else f"{row.cosine:.6f}",
        share(row.top1),
        share(row.nan_agreement),
    ]


def _timings(timing: Mapping[str, Timing], environment: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """How long each backend took, and on what it ran."""
    if not timing:
        return []
    names = ["", "backend", "load", "first", "median", "p95", "runs", "tensors"]
    cells = [
        [
            "",
            backend,
            *(milliseconds(each) for each in (of.load, of.first, of.median, of.p95)),
            str(of.runs),
            size_text(of.tensors_bytes),
        ]
        for backend, of in timing.items()
    ]
    head, *lines = columns([names, *cells], text=2)
    told = (runs_on(environment.get(name, {})) for name in timing)
    return [head, *(f"{line}  {_cut(text, 98 - len(line))}" for line, text in zip(lines, told, strict=True))]


def runs_on(told: Mapping[str, Any]) -> str:
    """What a backend ran on, in a few words."""
    device = f"software GPU: {told['device']}" if told.get("software") else told.get("device", "")
    threads = f"{told['threads']} threads" if told.get("threads", 1) > 1 else ""
    return ", ".join(filter(None, (device or str(told.get("engine", "")), threads)))


def _accuracy(found: Accuracy | None) -> list[str]:
    """How a labelled dataset was classified."""
    if found is None:
        return []
    from totfjs.verification.labelled import most_confused

    head = f"  accuracy of {found.output} on {plural(found.examples, 'example')}"
    names = ["", "", head.strip(), *(["like the source", "max abs"] if found.agreement else [])]
    cells = [
        ["", who, share(of), share(found.agreement.get(who)), number(found.max_abs_error.get(who))][: len(names)]
        for who, of in found.share.items()
    ]
    last = list(found.share)[-1]
    pairs = [f"{label} as {given} ({count})" for label, given, count in most_confused(found.confusion[last])]
    confused = [f"  most often confused on {last}: {', '.join(pairs)}"] if pairs else []
    return [*columns([names, *cells], text=2), *confused]


def _remarks(found: Verification) -> Iterator[str]:
    """What is allowed, and what else there is to know."""
    if found.rows:
        yield f"  tolerance {tolerances(found)}"
    if found.deviation is not None:
        yield (
            f"  the quantized weights move the outputs by {found.deviation:.2g} of the largest value; "
            f"rounding explains up to {found.explained:.2g}"
        )
    for name, reason in {row.output: row.reason for row in found.rows if row.passed and row.reason}.items():
        yield f"  {name} is {reason}"
    yield from (f"  {note}" for note in found.notes)
    yield from (f"  not run: {name}: {reason}" for name, reason in found.not_run.items())


def tolerances(found: Verification) -> str:
    """What was allowed: of floats, by the largest value; where it differs, by backend or output."""
    special = {(row.backend, row.tolerance) for row in found.rows if row.tolerance not in (0.0, found.tolerance)}
    more = [f"{backend} {value:.0e}{_why(found, backend)}" for backend, value in sorted(special)]
    return "; ".join([f"{found.tolerance:.0e} of the largest value of an output", *more, "all but floats equal"])


def _why(found: Verification, backend: str) -> str:
    half = found.environment.get(backend, {}).get("float32") is False
    return ", as its textures keep floats in 16 bits here" if half else ""


def _failures(found: Verification) -> Iterator[str]:
    for row in found.failures:
        sizes = "".join(f"{name}={size} " for name, size in row.sizes.items())
        yield f"{row.backend} {sizes}{row.output}: {row.reason}"
    if found.unexplained:
        yield "the outputs are further from the source than quantization explains: it is another model, or too fragile"
    if found.failures and found.bisection is None:
        yield "fix: totfjs verify ... --bisect names the first node that differs"


def verdict(found: Verification) -> str:
    """One line."""
    if found.passed is None:
        return f"not verified: {'; '.join(dict.fromkeys(found.not_run.values())) or 'nothing was compared'}"
    if not found.passed:
        wrong = f": {len(found.failures)} of {plural(len(found.rows), 'row')}" if found.failures else ""
        return f"VERIFICATION FAILED against {found.against}{wrong}"
    error = "" if found.max_abs_error is None else f": max abs error {found.max_abs_error:.2g}"
    return f"verified on {', '.join(found.backends)} against {found.against}{error}"


def columns(rows: Sequence[Sequence[str]], text: int) -> list[str]:
    """Rows of a table, aligned: the first columns to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, text)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Iterable[int], text: int) -> Iterator[str]:
    for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if at < text else cell.rjust(width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def shortened(text: str, width: int) -> str:
    """Text that fits, its middle left out."""
    return text if len(text) <= width else f"{text[: width // 2]}…{text[len(text) - (width - width // 2 - 1) :]}"


def number(value: float | None) -> str:
    """An error in few characters."""
    return "" if value is None else "0" if value == 0 else f"{value:.1e}"


def share(value: float | None) -> str:
    """A share in percent; never 100 % of what is not all."""
    if value is None:
        return ""
    return "100%" if value == 1 else f"{min(value, 0.9999):.2%}"


def milliseconds(value: float) -> str:
    """A time for people."""
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
