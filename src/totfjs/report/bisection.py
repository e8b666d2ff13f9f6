"""Where a failure begins: the first wrong node, what went in and came out, who is to blame, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from totfjs.report.markup import Content, Html, code, element, facts, kind_text, table
from totfjs.report.numbers import NONE, number, sizes_text
from totfjs.verification.record import Verification

if TYPE_CHECKING:
    from totfjs.verification.bisect.record import Bisection, Finding, Range

# Findings and steps of the growth of an error up to which all are shown.
MOST = 12
_BLAMES = {"backend": "the backend", "source": "the source itself", "rounding": "rounding", "unknown": "not known"}


def bisection(verification: Verification) -> Html:
    """The findings, the first of them first."""
    found: Bisection | None = verification.bisection
    if found is None:
        return Html("")
    if not found.findings:
        where = ", ".join(found.backends)
        said = f"On {where} every node agrees with {found.against} within {number(found.tolerance)}."
        return Html(element("p", said) + _notes(found.notes))
    shown = [_finding(index, each) for index, each in enumerate(found.findings[:MOST], 1)]
    rest = len(found.findings) - len(shown)
    return Html("".join(shown) + _notes((*found.notes, *([f"{rest} more findings are not shown."] if rest else []))))


def _finding(index: int, found: Finding) -> Html:
    title = element("h3", f"{index}. ", code(found.node), " ", element("small", found.op))
    return Html(title + element("p", found.what) + facts(_facts(found)) + _ranges(found) + _growth(found))


def _facts(found: Finding) -> Iterator[tuple[Content, Content]]:
    blame = _BLAMES.get(found.blame, f"the conversion ({found.blame})")
    yield "to blame", blame + (f": {found.step}" if found.step else "")
    if found.backends:
        right = f"; right on {', '.join(found.right)}" if found.right else ""
        yield "wrong on", f"{', '.join(found.backends)}{right}"
    if found.error is not None:
        largest = "" if found.max_abs_error is None else f", max abs {number(found.max_abs_error)}"
        yield "error", f"{number(found.error)} of the largest value{largest}"
    if found.origin:
        yield "source", code(found.origin)
    if found.sizes:
        yield "sizes", sizes_text(found.sizes)
    if found.known:
        yield "known", found.known
    yield "what to do", found.remedy
    if found.case is not None:
        yield "this node alone", code(str(found.case))


def _ranges(found: Finding) -> Html:
    rows = [_range("input", each) for each in found.inputs]
    rows += [_range(what, each) for what, each in (("gives", found.output), ("expected", found.expected)) if each]
    heads = ("value", "what", "type", "least", "most", "NaN", "infinite")
    return table(f"Values at {found.node}", heads, rows, numbers=range(3, 7), hidden=True) if rows else Html("")


def _range(what: str, each: Range) -> Sequence[Content]:
    kind = f"{each.dtype}[{', '.join(map(str, each.shape))}]"
    what = f"{what}, a weight" if each.weight else what
    return (
        code(each.name),
        what,
        kind_text(kind),
        number(each.minimum),
        number(each.maximum),
        _count(each.nans),
        _count(each.infinities),
    )


def _count(count: int) -> str:
    return f"{count:,}" if count else NONE


def _growth(found: Finding) -> Html:
    rows = [(code(step.node), step.op, number(step.error)) for step in found.growth[-MOST:]]
    return table("How the error grows", ("after", "op", "error"), rows, numbers=(2,)) if rows else Html("")


def _notes(notes: Sequence[str]) -> Html:
    return Html("".join(element("p", note, class_="aside") for note in notes))
