"""What was measured: a table for each backend, and for each output how its errors are spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from totfjs.report.histogram import histogram
from totfjs.report.markup import Content, Html, code, element, table
from totfjs.report.numbers import NONE, number, share, sizes_text
from totfjs.verification.record import Row, Verification

# Rows of a table and histograms up to which all are shown.
MOST_ROWS = 100
MOST_HISTOGRAMS = 24
_HEADS = (
    "output", "sizes", "result", "max abs", "of largest", "tolerance", "max rel", "MSE", "cosine", "top-1", "NaN alike",
)  # fmt: skip
_KEY = (
    "“of largest” is the largest error relative to the largest value of the output, and what the tolerance bounds; "
    "“max rel” is relative to each value itself. “top-1” is the share of vectors whose largest entry is at the same "
    "place, “NaN alike” the share of places where both are NaN or neither is."
)


def comparison(verification: Verification) -> Html:
    """The tables of all backends."""
    tables = [_backend(verification, backend) for backend in verification.backends]
    return Html("".join([element("p", _KEY, class_="aside"), *tables])) if tables else Html("")


def _backend(verification: Verification, backend: str) -> Html:
    rows = [row for row in verification.rows if row.backend == backend]
    shown, said = capped(rows)
    failed = sum(not row.passed for row in rows)
    result = f"{failed} of {len(rows)} failed" if failed else f"all {len(rows)} passed" if len(rows) > 1 else "passed"
    title = element("h3", backend, " ", element("small", result, class_="bad" if failed else "good"))
    measured = table(f"Outputs on {backend}", _HEADS, map(_cells, shown), numbers=range(3, 11), hidden=True)
    return Html(title + measured + said)


def capped(rows: Sequence[Row], most: int = MOST_ROWS) -> tuple[Sequence[Row], Html]:
    """Rows that fit, failures first where not all do, and the words that say so."""
    if len(rows) <= most:
        return rows, Html("")
    first = sorted(rows, key=lambda row: (row.passed, -(row.relative_error or 0)))[:most]
    said = f"{most} of {len(rows):,} rows are shown, failures and large errors first; totfjs verify --json has all."
    return first, element("p", said, class_="aside")


def _cells(row: Row) -> Sequence[Content]:
    result: Content = (
        element("span", "passed", class_="good") if row.passed else element("strong", "failed", class_="bad")
    )
    if row.reason:
        result = [result, element("br"), element("small", row.reason)]
    return (
        code(row.output), sizes_text(row.sizes), result,
        number(row.max_abs_error), number(row.relative_error), number(row.tolerance) if row.tolerance else NONE,
        number(row.max_rel_error), number(row.mean_squared_error), _cosine(row.cosine), share(row.top1),
        share(row.nan_agreement),
    )  # fmt: skip


def _cosine(value: float | None) -> str:
    """A cosine is near 1: what it lacks is what tells."""
    if value is None:
        return NONE
    return f"1 − {number(1 - value)}" if 0.99 < value < 1 else number(value)


def spread(verification: Verification) -> Html:
    """A histogram of the errors of each output on each backend."""
    found = list(_summed(verification))
    shown = sorted(found, key=lambda each: each[4])[:MOST_HISTOGRAMS]
    figures = [histogram(f"h{index}", *each[:4]) for index, each in enumerate(shown)]
    if not figures:
        return Html("")
    rest = len(found) - len(shown)
    said = f"The {len(shown)} with failures first are shown, {rest} more are not." if rest else ""
    return Html(element("div", *figures, class_="figures") + (element("p", said, class_="aside") if said else ""))


def _summed(verification: Verification) -> Iterator[tuple[str, str, list[int], float, bool]]:
    """Backend, output, counts over all sizes of the dynamic dims, the strictest tolerance, whether all passed."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in verification.rows:
        if row.histogram:
            grouped.setdefault((row.output, row.backend), []).append(row)
    for (output, backend), rows in grouped.items():
        counts = [sum(column) for column in zip(*(row.histogram for row in rows), strict=True)]
        tolerance = min(row.tolerance for row in rows)
        yield backend, output, counts, tolerance, all(row.passed for row in rows)
