"""The file of results, and the tables made from it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

KINDS = ("right", "refused", "noted", "wrong", "error", "n/a")
# The worst comes first: what a case counts as over all its backends.
_SEVERITY = ("wrong", "error", "noted", "refused", "right", "n/a")
PAGE = """# Coverage of JAX

JAX's own suite of cases for its primitives, run through TensorFlow.js on {backends}: {right} of {count} cases are right
({share:.1%}). Refused by an error that says why: {refused}. Different as a note of the result says: {noted}. Wrong, or
failed, without a word: {other}. Of the dtypes that a browser carries, {carried:.1%} of the cases are right. Written by
`python benchmarks/harness --write`; a resumed run keeps what earlier ones found, `--again all` runs every case anew.

A case is right when every output has JAX's dtype and shape, NaN and infinities in the same places, equal integers and
bools, and floating point within 1e-5 (halves, which are computed as float32, within 4 units in their last place).

What differs and is noted is of `top_k`: the runtime cannot see the sign bit of a NaN.
"""


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The results by the name of the case; the last line of each counts."""
    if not path.exists():
        return {}
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {line["case"]: line for line in lines}


def kind_of(result: Mapping[str, Any]) -> str:
    """The worst outcome of a case over its backends."""
    kinds = {outcome["kind"] for outcome in result["outcomes"].values()}
    return next(kind for kind in _SEVERITY if kind in kinds)


def table(results: Iterable[Mapping[str, Any]]) -> str:
    """A row of counts for each group, and the totals."""
    results = list(results)
    groups: dict[str, Counter[str]] = {}
    for result in results:
        groups.setdefault(result["group"], Counter())[kind_of(result)] += 1
    rows = [(group, groups[group]) for group in sorted(groups)]
    rows += list(_totals(results))
    head = f"{'group':<38}" + "".join(f"{kind:>9}" for kind in KINDS)
    body = (f"{name:<38}" + "".join(f"{counts[kind] or '':>9}" for kind in KINDS) for name, counts in rows)
    return "\n".join([head, *body])


def _totals(results: list[Mapping[str, Any]]) -> Iterator[tuple[str, Counter[str]]]:
    for label, wanted in (("dtypes a browser has", (True,)), ("other dtypes", (False,)), ("all", (True, False))):
        chosen = [result for result in results if result["carried"] in wanted]
        yield label, Counter(map(kind_of, chosen))
        for backend in sorted({backend for result in chosen for backend in result["outcomes"]}):
            kinds = Counter(result["outcomes"][backend]["kind"] for result in chosen if backend in result["outcomes"])
            yield f"  on {backend}", kinds


def reasons(results: Iterable[Mapping[str, Any]], kinds: Iterable[str]) -> Iterator[str]:
    """The reasons of some outcomes, the most frequent first, each with a case that shows it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], str] = {}
    for result in results:
        for outcome in {(o["kind"], _general(o["reason"])) for o in result["outcomes"].values() if o["kind"] in kinds}:
            counts[result["group"], *outcome] += 1
            examples.setdefault((result["group"], *outcome), result["case"])
    for key, count in counts.most_common():
        group, kind, reason = key
        yield f"{count:5} {group}: {kind}: {reason}  [{examples[key]}]"


def page(results: Iterable[Mapping[str, Any]]) -> str:
    """The page of the documentation: each group with its counts and why cases are refused."""
    counted = [result for result in results if kind_of(result) != "n/a"]
    kinds = Counter(map(kind_of, counted))
    right, refused, noted = kinds["right"], kinds["refused"], kinds["noted"]
    carried = Counter(kind_of(result) for result in counted if result["carried"])
    backends = sorted({backend for result in counted for backend in result["outcomes"]})
    text = PAGE.format(
        backends=" and ".join(backends),
        right=right,
        count=len(counted),
        share=right / max(len(counted), 1),
        refused=refused,
        noted=noted,
        other=len(counted) - right - refused - noted,
        carried=carried["right"] / max(carried.total(), 1),
    )
    return f"{text}\n| primitive | right | of | refused because |\n|---|---|---|---|\n" + "".join(_page_rows(counted))


def _page_rows(results: list[Mapping[str, Any]]) -> Iterator[str]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        groups.setdefault(result["group"], []).append(result)
    for group, members in sorted(groups.items()):
        right = sum(kind_of(member) == "right" for member in members)
        why = Counter(
            reason
            for member in members
            for reason in {_why(o["reason"]) for o in member["outcomes"].values()}
            if reason
        )
        cell = "<br>".join(f"{reason} ({count})" for reason, count in why.most_common(4)).replace("|", "\\|")
        yield f"| {group} | {right} | {len(members)} | {cell} |\n"


def _why(reason: str) -> str:
    """The reason of a refusal without the place and without what JAX calls the operation."""
    text = re.sub(r" \([^()]*:\d+\)", "", reason)
    return _general(text).removeprefix("An operation of the model cannot be converted: ")


def _general(reason: str) -> str:
    """A reason without places and numbers, so that equal ones are counted together."""
    text = re.sub(r" \([^()]*\.py:\d+\)", "", reason)
    text = re.sub(r"\[[^\[\]]*\]", "[…]", text)
    return re.sub(r"-?\b\d[\d.e+-]*\b", "#", text)[:220]
