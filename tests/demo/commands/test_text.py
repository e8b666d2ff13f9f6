from __future__ import annotations

import pytest

from jax_to_tfjs_demo.commands.text import following, joined, share, size


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_693_211, "1.6 MiB"), (3 << 30, "3.00 GiB")]
)
def test_bytes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, None), (0.99024, "99.02 %"), (1, "100 %"), (0.99999, "99.99 %"), (0, "0.00 %")]
)
def test_only_all_is_a_hundred_percent(value: float | None, text: str | None) -> None:
    assert share(value) == text


def test_what_to_type_next_stands_in_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    assert following(("app check", "all"), ("app convert --step 1", "one")).splitlines() == [
        "next: app check             all",
        "      app convert --step 1  one",
    ]


def test_lists_of_words() -> None:
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
