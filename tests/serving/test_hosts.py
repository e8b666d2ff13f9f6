from __future__ import annotations

import socket

import pytest

from totfjs.serving.hosts import is_ours, name_in


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8765", "localhost"), ("LOCALHOST.", "localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]:80", "::1"),
        ("a.example:99999", "a.example"), ("", None), ("a:b:c", None), ("a/b", None), ("a b", None), ("user@a", None),
    ],
)  # fmt: skip
def test_the_name_is_what_stands_before_the_port(header: str, name: str | None) -> None:
    assert name_in(header) == name


@pytest.mark.parametrize(
    "name", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1", "192.168.1.4", "10.0.0.1"]
)
def test_loopback_and_numbers_are_ours(name: str) -> None:
    assert is_ours(name, "127.0.0.1")


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "notlocalhost", ""])
def test_other_names_are_not(name: str) -> None:
    assert not is_ours(name, "127.0.0.1")


def test_the_name_of_the_machine_is_ours_where_others_may_come() -> None:
    own = socket.gethostname().lower()
    assert is_ours(own, "0.0.0.0")
    assert is_ours("models.example", "Models.Example")
    assert not is_ours(f"x{own}", "0.0.0.0")
