from __future__ import annotations

import os
from pathlib import Path

import pytest

from totfjs.serving.content import MODEL_TYPES, PAGE_TYPES, codings_beside, matches, preferred, type_of

BOTH = {"br": Path("x.br"), "gzip": Path("x.gz")}


@pytest.mark.parametrize(
    ("name", "page", "model"),
    [
        ("a.json", "application/json", "application/json"),
        ("a.wasm", "application/wasm", "application/octet-stream"),
        ("a.js", "text/javascript; charset=utf-8", "application/octet-stream"),
        ("a.HTML", "text/html; charset=utf-8", "application/octet-stream"),
        ("a.svg", "image/svg+xml", "application/octet-stream"),
        ("group1-shard1of1", "application/octet-stream", "application/octet-stream"),
        ("group1-shard1of1.bin", "application/octet-stream", "application/octet-stream"),
        ("labels.txt", "application/octet-stream", "text/plain; charset=utf-8"),
    ],
)
def test_only_the_page_is_code(name: str, page: str, model: str) -> None:
    assert (type_of(Path(name), PAGE_TYPES), type_of(Path(name), MODEL_TYPES)) == (page, model)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""), ("identity", ""), ("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0", ""), ("*", "br"), ("*;q=0", ""), ("br;q=0, *", "gzip"), ("GZIP", "gzip"), ("gzip;q=2", ""),
        ("gzip;q=x", ""), ("br;q=0.000,gzip;q=0.001", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_what_the_client_likes_best(accepted: str, coding: str) -> None:
    assert preferred(accepted, BOTH) == coding


def test_compressed_files_that_are_older_or_links_are_left(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    for name in ("model.json", "model.json.br", "model.json.gz"):
        (tmp_path / name).write_text(name)
    os.utime(file, (1000, 1000))
    assert list(codings_beside(file, file.stat())) == ["br", "gzip"]
    os.utime(tmp_path / "model.json.br", (999, 999))
    assert list(codings_beside(file, file.stat())) == ["gzip"]
    (tmp_path / "model.json.gz").unlink()
    (tmp_path / "model.json.gz").mkdir()
    assert list(codings_beside(file, file.stat())) == []


@pytest.mark.parametrize(
    ("header", "same"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_a_client_has_a_file_when_it_names_its_tag(header: str, same: bool) -> None:
    assert matches(header, '"a"') is same
