"""The verdict: in a sentence, what was compared with what, where, how closely, and what was not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from totfjs.report.markup import Content, Html, code, element
from totfjs.report.numbers import listed, number, sizes_text
from totfjs.verification.record import Row, Verification

# How the page begins, and the sign that says the same to those who do not see colours.
_WORDS = {True: ("Verified", "✓", "good"), False: ("Failed", "✗", "bad"), None: ("Not verified", "○", "open")}
FAILURES = 8


def verdict(verification: Verification, model: str) -> Html:
    """The head of the page."""
    word, sign, kind = _WORDS[verification.passed]
    stamp = element("span", element("span", sign, aria_hidden="true"), f" {word}", class_=f"stamp {kind}")
    head = element("header", element("p", stamp), element("h1", code(model)), element("p", sentence(verification)))
    return element("div", head, _failures(verification), _apart(verification), class_=f"verdict {kind}")


def sentence(verification: Verification) -> str:
    """What was found, for those who read one sentence."""
    if verification.passed is None:
        return "Nothing was compared. " + " ".join(_not_run(verification))
    found = _passed(verification) if not verification.failures else _failed(verification)
    return " ".join([f"{found}{_tolerances(verification)}.", *_not_run(verification)])


def _passed(verification: Verification) -> str:
    agree = "agrees" if len(_outputs(verification)) == 1 else "agree"
    said = f"On {listed(list(verification.backends))} {_counted(verification)} {agree} with {verification.against}"
    return said if verification.passed else f"{said}, but quantization moves more than its rounding explains"


def _failed(verification: Verification) -> str:
    failed, all_ = len(verification.failures), len(verification.rows)
    said = f"{failed:,} of {all_:,} comparisons with {verification.against} failed{_where(verification)}"
    return f"{said}. {_counted(verification).capitalize()} on {listed(list(verification.backends))} had to agree"


def _where(verification: Verification) -> str:
    """Where failures lie, if that tells something."""
    wrong = list(dict.fromkeys(row.backend for row in verification.failures))
    if len(verification.backends) == 1:
        return ""
    return " on every backend" if len(wrong) == len(verification.backends) else f", all on {listed(wrong)}"


def _outputs(verification: Verification) -> set[str]:
    return {row.output for row in verification.rows}


def _counted(verification: Verification) -> str:
    count = len(_outputs(verification))
    return f"{count} output{'s' if count > 1 else ''}"


def _tolerances(verification: Verification) -> str:
    """The bounds that the rows had, and the largest error beside them."""
    bounds = sorted({row.tolerance for row in verification.rows if row.tolerance} or {verification.tolerance} - {0.0})
    errors = [row.relative_error for row in verification.rows if row.relative_error is not None]
    if not bounds:
        return ""
    bound = number(bounds[0]) if len(bounds) == 1 else f"{number(bounds[0])} to {number(bounds[-1])}"
    least = f"; the largest error is {number(max(errors))}" if errors else ""
    return f", within a tolerance of {bound} of each output’s largest value{least}"


def _not_run(verification: Verification) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for name, reason in verification.not_run.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        what = "" if names == ["all"] else f"Not run on {listed(names)}: "
        yield f"{what}{reason.rstrip('.')}."


def _failures(verification: Verification) -> Html:
    """Each output that failed, where, and the worst that was found of it."""
    failed: dict[str, list[Row]] = {}
    for row in verification.failures:
        failed.setdefault(row.output, []).append(row)
    items: list[Content] = [element("li", *_failure(output, rows)) for output, rows in list(failed.items())[:FAILURES]]
    if len(failed) > FAILURES:
        items.append(element("li", f"and {len(failed) - FAILURES:,} more outputs, in the tables below"))
    return element("ul", *items, class_="failures") if items else Html("")


def _failure(output: str, rows: Sequence[Row]) -> Iterator[Content]:
    worst = max(rows, key=lambda row: inf if row.max_abs_error is None else row.max_abs_error)
    yield code(output)
    yield f" on {listed(list(dict.fromkeys(row.backend for row in rows)))}: {worst.reason}"
    if len(rows) > 1:
        place = ", ".join([worst.backend, *([sizes_text(worst.sizes)] if worst.sizes else [])])
        yield f" (the worst of {len(rows):,}: {place})"


def _apart(verification: Verification) -> Html:
    """What quantization does, and notes."""
    said: list[Content] = []
    if verification.deviation is not None:
        moved = f"Quantization moves the outputs by {number(verification.deviation)} of their largest value"
        bound = "" if verification.explained is None else f"; rounding explains up to {number(verification.explained)}"
        said.append(element("p", f"{moved}{bound}."))
    said += [element("p", note) for note in verification.notes]
    return element("div", *said, class_="notes") if said else Html("")
