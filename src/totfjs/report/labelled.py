"""Labelled data: how often source and backends are right, how often they agree, and what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.report.markup import Content, Html, code, element, table
from totfjs.report.numbers import number, share
from totfjs.verification.record import Accuracy, Verification

# Classes up to which a matrix is drawn whole.
MOST = 30


def accuracy(verification: Verification) -> Html:
    """The shares, and a confusion matrix for each that differs from those before it."""
    found = verification.accuracy
    if found is None:
        return Html("")
    said = element("p", f"{found.examples:,} examples, by the largest entry of ", code(found.output), ".")
    rows = [
        (name, share(value), share(found.agreement.get(name)), number(found.max_abs_error.get(name)))
        for name, value in found.share.items()
    ]
    heads = ("computed by", "right", "as the source", "max abs error")
    shares = table("Accuracy", heads, rows, numbers=(1, 2, 3), hidden=True)
    return Html(said + shares + "".join(_matrices(found)))


def _matrices(found: Accuracy) -> list[Html]:
    alike: dict[tuple[tuple[int, ...], ...], list[str]] = {}
    for name, matrix in found.confusion.items():
        alike.setdefault(tuple(map(tuple, matrix)), []).append(name)
    return [_matrix(", ".join(names), matrix) for matrix, names in alike.items()]


def _matrix(names: str, matrix: Sequence[Sequence[int]]) -> Html:
    size = max([len(matrix), *map(len, matrix)])
    kept = min(size, MOST)
    most = max((count for row in matrix for count in row), default=0) or 1
    rows = [
        (str(label), *(_cell(count, most, label == given) for given, count in enumerate(row[:kept])))
        for label, row in enumerate(matrix[:kept])
    ]
    heads = ("label \\ given", *map(str, range(kept)))
    drawn = table(f"Confusion: {names}", heads, rows, numbers=range(1, kept + 1))
    rest = f"The first {kept} of {size} classes are shown." if size > kept else ""
    return Html(element("div", drawn, class_="matrix") + (element("p", rest, class_="aside") if rest else ""))


def _cell(count: int, most: int, right: bool) -> Content:
    if not count:
        return element("span", "0", class_="none")
    level = 1 + min(int(4 * count / most), 3)
    return element("span", f"{count:,}", class_=f"{'hit' if right else 'miss'} l{level}")
