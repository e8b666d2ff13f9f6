"""How fast it ran and on what: information, no part of the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from totfjs.report.markup import Content, Html, element, facts, table
from totfjs.report.numbers import milliseconds
from totfjs.sizes import size_text
from totfjs.verification.record import Timing, Verification

_HEADS = ("backend", "load", "first inference", "median", "p95", "runs", "tensors in memory")


def timing(verification: Verification) -> Html:
    """Latency and memory by backend, with a word of warning where there was no GPU."""
    if not verification.timing:
        return Html("")
    rows = [_row(backend, times) for backend, times in verification.timing.items()]
    return Html(table("Latency and memory", _HEADS, rows, numbers=range(1, 7), hidden=True) + _software(verification))


def _row(backend: str, times: Timing) -> Sequence[Content]:
    spans = (milliseconds(times.load), milliseconds(times.first), milliseconds(times.median), milliseconds(times.p95))
    return (backend, *spans, f"{times.runs:,}", size_text(times.tensors_bytes))


def _software(verification: Verification) -> Html:
    names = [backend for backend, told in verification.environment.items() if told.get("software")]
    if not names:
        return Html("")
    said = (
        f"{' and '.join(names)} ran without a GPU, in software: the numbers are right, the times say nothing of a GPU."
    )
    return element("p", said, class_="notice")


def environment(verification: Verification) -> Html:
    """What each backend ran on."""
    blocks = [
        Html(element("h3", ", ".join(backends)) + facts(_told(told)))
        for backends, told in _alike(verification.environment)
    ]
    return Html("".join(blocks))


def _alike(environment: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """The backends that ran on the same, together."""
    found: list[tuple[list[str], Mapping[str, Any]]] = []
    for backend, told in environment.items():
        same = next((names for names, other in found if dict(other) == dict(told)), None)
        if same is None:
            found.append(([backend], told))
        else:
            same.append(backend)
    yield from found


def _told(told: Mapping[str, Any]) -> Iterator[tuple[Content, Content]]:
    for key, value in told.items():
        if key == "versions":
            yield from ((name, str(version)) for name, version in value.items())
        elif value not in (None, "", [], {}):
            yield key, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)
