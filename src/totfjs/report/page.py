"""The page: one file, which fetches nothing and runs no script, the same bytes for the same verification."""

from __future__ import annotations

from pathlib import Path

from totfjs import __version__
from totfjs.inspection import ModelInfo, inspect_web_model
from totfjs.report.bisection import bisection
from totfjs.report.comparison import comparison, spread
from totfjs.report.labelled import accuracy
from totfjs.report.markup import Html, code, element, join, section
from totfjs.report.running import environment, timing
from totfjs.report.structure import model, sizes
from totfjs.report.verdict import verdict
from totfjs.verification.record import Verification

# The browser is told to fetch nothing at all, whatever names a model has.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(verification: Verification, model_dir: str | Path) -> str:
    """The report of a verification of the web model in a directory, as the text of one HTML file.

    Without a directory it tells of the comparison alone.
    """
    info = inspect_web_model(Path(model_dir)) if str(model_dir) else None
    name = info.path.resolve().name if info is not None else "The web model"
    parts = [
        verdict(verification, name),
        section("Where it begins", bisection(verification), id_="bisection"),
        section("Comparison", comparison(verification), id_="comparison"),
        section("Errors", _errors(verification), id_="errors"),
        section("Accuracy", accuracy(verification), id_="accuracy"),
        section("Latency and memory", timing(verification), id_="timing"),
        section("Model", None if info is None else model(info), id_="model"),
        section("Size", None if info is None else sizes(info), id_="size"),
        section("Environment", environment(verification), id_="environment"),
        section("How to repeat this", _repeat(verification, info), id_="repeat"),
    ]
    return f"<!DOCTYPE html>\n{_document(f'{name}: {_word(verification)}', parts)}\n"


def _document(title: str, parts: list[Html]) -> Html:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html("\n" + _style())),
    )
    return element("html", head, element("body", element("main", join(parts, "\n")), _foot()), lang="en")


def _style() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def _errors(verification: Verification) -> Html:
    figures = spread(verification)
    if not figures:
        return figures
    said = (
        "How many elements have which error, relative to the largest value of the output, over all sizes. "
        "Heights are logarithmic; what lies beyond the tolerance is drawn in another colour."
    )
    return Html(element("p", said, class_="aside") + figures)


def _repeat(verification: Verification, info: ModelInfo | None) -> Html:
    path = "MODEL_DIR" if info is None else _quoted(str(info.path))
    where = ",".join(verification.backends or ("cpu", "wasm"))
    command = f"totfjs verify {path} --backends {where} --report report.html"
    said = (
        f"Add what it was held against, as --against SOURCE or --pairs FILE: here {verification.against or 'nothing'}."
    )
    return Html(element("pre", code(command), tabindex=0) + element("p", said, class_="aside"))


def _quoted(text: str) -> str:
    plain = all(each.isalnum() or each in "/._-" for each in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _word(verification: Verification) -> str:
    return {True: "verified", False: "failed", None: "not verified"}[verification.passed]


def _foot() -> Html:
    return element(
        "footer", element("p", f"Written by totfjs {__version__}. This file fetches nothing and runs no script.")
    )
