"""How a verification reads: aligned, within 100 columns, the verdict last."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from totfjs.cli.verdict import describe, number, painted, shortened, verdict
from totfjs.cli.verdict import share as share_text
from totfjs.verification.record import Accuracy, Row, Timing, Verification

LONG = "mobilenet_v2/block_13_expand_relu/activation/very/long/name"
GOOD = Row("webgl", {"b": 2}, LONG, True, 1e-6, 1e-3, 2e-6, 1e-12, "", 1.0, 0.99999, 1.0, (), 1e-4)
BAD = replace(GOOD, backend="cpu", passed=False, reason="differs by 1", nan_agreement=0.5, cosine=-0.25, top1=0.5)
SOFTWARE = {
    "engine": "browser",
    "device": "ANGLE (Google, Vulkan 1.3 (SwiftShader Device), SwiftShader driver)",
    "software": True,
}
FOUND = Verification(
    (GOOD, BAD),
    1e-4,
    "the source",
    {"webgpu": "this browser has no WebGPU adapter"},
    {"webgl": Timing(120.4, 1543.2, 3.14, 12_345.0, 10, 1 << 21)},
    environment={"webgl": SOFTWARE},
    accuracy=Accuracy(
        10_000,
        "logits",
        {"source": 0.991, "webgl": 1.0},
        {"webgl": 0.99},
        {"webgl": ((5, 0), (2, 3))},
        {"webgl": 0.5},
    ),
    notes=("The input x is given as float64, and runs as float32.",),
)


def plain(text: str, passed: bool | None) -> str:
    return text


def test_tables_are_aligned_and_fit_in_100_columns() -> None:
    lines = describe(FOUND, plain).splitlines()
    assert max(map(len, lines[:6])) <= 100
    head, *rows = lines[:3]
    assert [row[:4] for row in rows] == ["ok  ", "FAIL"]
    assert head.index("max abs") + len("max abs") == rows[0].index("1.0e-06") + len("1.0e-06")
    assert "NaN" in head


def test_the_verdict_is_last_and_everything_that_matters_is_before_it() -> None:
    text = describe(FOUND, plain)
    assert text.endswith("\nVERIFICATION FAILED against the source: 1 of 2 rows")
    assert ["webgl", "100%", "99.00%", "5.0e-01"] in [line.split() for line in text.splitlines()]
    for said in (
        "software GPU: ANGLE",
        "120 ms  1543 ms  3.1 ms  12.3 s",
        "accuracy of logits on 10,000 examples",
        "like the source  max abs",
        "most often confused on webgl: 1 as 0 (2)",
        "tolerance 1e-04 of the largest value of an output; all but floats equal",
        "not run: webgpu: this browser has no WebGPU adapter",
        "The input x is given as float64",
        f"cpu b=2 {LONG}: differs by 1",
        "--bisect names the first node that differs",
    ):
        assert said in text, said


def test_a_tolerance_of_its_own_is_told_by_backend_with_its_reason() -> None:
    half = replace(GOOD, tolerance=2e-2)
    text = describe(Verification((half,), 1e-4, "x", environment={"webgl": {"float32": False}}), plain)
    assert "; webgl 2e-02, as its textures keep floats in 16 bits here; all but floats equal" in text


def test_the_nan_column_is_there_when_it_says_something() -> None:
    assert "NaN" not in describe(Verification((GOOD,), 1e-4, "x"), plain)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Verification((GOOD,), 1e-4, "the source"), "verified on webgl against the source: max abs error 1e-06"),
        (Verification.skipped("no reason"), "not verified: no reason"),
        (
            Verification((GOOD,), 1e-4, "its weights", deviation=0.5, explained=0.1),
            "VERIFICATION FAILED against its weights",
        ),
    ],
)
def test_the_verdict_in_a_line(found: Verification, text: str) -> None:
    assert verdict(found) == text


def test_only_a_terminal_has_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted()("ok", True) == "ok"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert painted()("ok", True) == "\033[32mok\033[0m"
    assert painted()("wait", None) == "wait"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted()("ok", True) == "ok"


def test_numbers_in_few_characters() -> None:
    assert [number(each) for each in (None, 0.0, 1.234e-6)] == ["", "0", "1.2e-06"]
    assert [share_text(each) for each in (None, 1.0, 0.99999999, 0.5)] == ["", "100%", "99.99%", "50.00%"]
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abcde", 5) == "abcde"
