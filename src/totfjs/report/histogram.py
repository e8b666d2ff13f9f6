"""The errors of one output by their decades, as a drawing with a table beside it that says the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import log10

from totfjs.report.markup import Content, Html, code, element, table
from totfjs.report.numbers import number
from totfjs.verification.record import EDGES

_WIDTH, _HEIGHT, _LEFT, _TOP, _BASE = 320, 132, 6, 20, 104
_SLOT = (_WIDTH - 2 * _LEFT) / (len(EDGES) + 2)


def histogram(name: str, backend: str, output: str, counts: Sequence[int], tolerance: float) -> Html:
    """The figure of one output on one backend; `name` is its id in the page."""
    caption = element("figcaption", code(output), f" on {backend}")
    told = element(
        "details",
        element("summary", "as a table"),
        table(f"Errors of {output} on {backend}", ("error", "elements"), _rows(counts), numbers=(1,), hidden=True),
    )
    return element("figure", caption, _drawing(name, backend, output, counts, tolerance), told)


def labels() -> tuple[str, ...]:
    """What each bin holds."""
    powers = [round(log10(edge)) for edge in EDGES]
    between = [f"{_power(low)} to {_power(high)}" for low, high in itertools.pairwise(powers)]
    return ("exact", f"up to {_power(powers[0])}", *between, f"more than {_power(powers[-1])}")


def _rows(counts: Sequence[int]) -> Iterator[tuple[Content, Content]]:
    return ((label, f"{count:,}") for label, count in zip(labels(), counts, strict=True))


def _drawing(name: str, backend: str, output: str, counts: Sequence[int], tolerance: float) -> Html:
    most, total, beyond = max(counts) or 1, sum(counts), _beyond(tolerance)
    told = f"{total:,} elements. " + "; ".join(
        f"{label}: {count:,}" for label, count in zip(labels(), counts, strict=True) if count
    )
    told += f". The tolerance is {number(tolerance)}." if tolerance else ". All have to be equal."
    return element(
        "svg",
        element("title", f"Errors of {output} on {backend}", id=f"{name}-title"),
        element("desc", told, id=f"{name}-desc"),
        *(_bar(index, count, most, index >= beyond) for index, count in enumerate(counts) if count),
        element("line", x1=_LEFT, x2=_WIDTH - _LEFT, y1=_BASE, y2=_BASE, class_="axis"),
        *_ticks(),
        *_mark(tolerance),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _bar(index: int, count: int, most: int, bad: bool) -> Html:
    """Heights are logarithms too: one element of a million that is wrong has to be seen."""
    height = (_BASE - _TOP) * (0.06 + 0.94 * log10(1 + count) / log10(1 + most))
    x, y = _LEFT + index * _SLOT, _BASE - height
    bar = element(
        "rect", x=_at(x + 2), y=_at(y), width=_at(_SLOT - 4), height=_at(height), class_="over" if bad else "bar"
    )
    text = element("text", _short(count), x=_at(x + _SLOT / 2), y=_at(y - 4), class_="count")
    return Html(bar + text)


def _ticks() -> Iterator[Html]:
    """The powers of ten between the bins, and the bin of what is exact."""
    yield element("text", "exact", x=_at(_LEFT + _SLOT / 2), y=_BASE + 13, class_="tick")
    for index, edge in enumerate(EDGES):
        x = _edge(index)
        yield element("line", x1=_at(x), x2=_at(x), y1=_BASE, y2=_BASE + 3, class_="axis")
        if index % 2 == 0:
            yield element("text", _power(round(log10(edge))), x=_at(x), y=_BASE + 13, class_="tick")


def _mark(tolerance: float) -> Iterator[Html]:
    """The tolerance as a line between what passes and what does not."""
    if tolerance <= 0:
        return
    steps = min(max(log10(tolerance) - log10(EDGES[0]), -0.5), len(EDGES) - 0.5)
    x = _edge(0) + steps * _SLOT
    anchor = "end" if x > _WIDTH - 70 else "start"
    yield element("line", x1=_at(x), x2=_at(x), y1=_TOP - 8, y2=_BASE + 3, class_="tolerance")
    yield element(
        "text",
        "tolerance",
        x=_at(x + (-4 if anchor == "end" else 4)),
        y=_TOP - 9,
        class_="tolerance",
        text_anchor=anchor,
    )


def _beyond(tolerance: float) -> int:
    """The first bin that lies wholly beyond the tolerance; without one, all but the exact are."""
    if tolerance <= 0:
        return 1
    inside = sum(edge < tolerance * (1 - 1e-9) for edge in EDGES)
    return inside + 2


def _edge(index: int) -> float:
    return _LEFT + (index + 2) * _SLOT


def _at(place: float) -> str:
    return f"{place:.1f}".removesuffix(".0")


def _short(count: int) -> str:
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if count >= size:
            return f"{count / (1000 if unit == 'k' else size):.3g}{unit}"
    return str(count)


_DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(exponent: int) -> str:
    return "1" if exponent == 0 else "10" + str(exponent).translate(_DIGITS)
