"""Servers that get something wrong: the page says what, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.answers import Answer
from tests.runtime import graphs
from tests.serving.page.broken import HTML, broken
from tests.serving.page.visit import NOT_FOUND, Visit

SHARD = "group1-shard2of2.bin"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 14976\n"


def _changed(shard: bytes) -> bytes:
    return shard[:100] + bytes([shard[100] ^ 1]) + shard[101:]


def _with_line_ends(shard: bytes) -> bytes:
    return shard.replace(b"\n", b"\r\n")


CASES: dict[str, tuple[str, Callable[[bytes], Answer], str, str]] = {
    "a missing shard": (
        SHARD,
        lambda _: Answer(b"not found", 404, "text/plain"),
        f"{SHARD} cannot be loaded: it is not on the server (status 404).",
        "Copy all files of the model to the server",
    ),
    "a page instead of a shard": (
        SHARD,
        lambda _: Answer(HTML, kind="text/html"),
        f"The server sent an HTML page instead of {SHARD}.",
        "Copy the file to where the address says",
    ),
    "a page instead of model.json": (
        "model.json",
        lambda _: Answer(HTML, kind="text/html"),
        "The server sent an HTML page instead of model.json.",
        "Copy the file to where the address says",
    ),
    "a git-lfs pointer": (
        SHARD,
        lambda _: Answer(POINTER),
        f"{SHARD} is a git-lfs pointer, not the file itself.",
        "git lfs pull",
    ),
    "a truncated shard": (
        SHARD,
        lambda shard: Answer(shard[:-4]),
        f"{SHARD} is cut short: 14,980 bytes came, and it should have 14,984 bytes.",
        "Copy all files of the model to the server again.",
    ),
    "a longer shard": (
        SHARD,
        lambda shard: Answer(shard + b"\0"),
        f"{SHARD} is too long: 14,985 bytes came, and it should have 14,984 bytes.",
        "Copy all files of the model to the server again.",
    ),
    "a changed byte": (
        SHARD,
        lambda shard: Answer(_changed(shard)),
        f"{SHARD} is not the file that belongs to this model.json: its SHA-256 is another.",
        "Copy all files of the model to the server again, model.json among them",
    ),
    "a shard of another model": (
        SHARD,
        lambda shard: Answer(bytes(len(shard))),
        f"{SHARD} is not the file that belongs to this model.json: its SHA-256 is another.",
        "Copy all files of the model to the server again, model.json among them",
    ),
    "changed line ends": (
        SHARD,
        lambda shard: Answer(_with_line_ends(shard)),
        f"{SHARD} was copied as text: its line ends were changed",
        "Copy it as a binary file",
    ),
    "a connection that breaks off": (
        SHARD,
        lambda shard: Answer(shard[:100], length=len(shard)),
        f"{SHARD} did not come whole",
        "Try again",
    ),
    "no JSON": ("model.json", lambda _: Answer(b'{"a": '), "model.json is damaged: it is not JSON.", "Copy all files"),
    "JSON of something else": (
        "model.json",
        lambda _: Answer(b"{}", kind="application/json"),
        "model.json is no TensorFlow.js model",
        "Give the model.json that the converter wrote.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_and_what_to_do_is_said(visit: Visit, model: Callable[[str], Path], case: str) -> None:
    name, answer, message, remedy = CASES[case]
    visit.allowed = NOT_FOUND
    with broken(model("digits"), {name: answer((model("digits") / name).read_bytes())}) as url:
        visit.open(url)
        said = visit.problem() or ""
        assert message in said
        assert remedy in said
        assert message in visit.page.inner_text("#status")
        assert visit.page.get_by_role("button", name="Try again").is_visible()


def test_trying_again_loads_what_has_been_mended(visit: Visit, model: Callable[[str], Path]) -> None:
    answers = {SHARD: Answer(POINTER)}
    with broken(model("digits"), answers) as url:
        visit.open(url)
        answers.clear()
        visit.page.get_by_role("button", name="Try again").click()
        visit.page.wait_for_selector(".bench")
    assert "7,840 parameters" in visit.page.inner_text("#facts")


def test_a_server_that_is_gone_is_told_from_one_that_answers(visit: Visit, model: Callable[[str], Path]) -> None:
    visit.allowed = NOT_FOUND
    with broken(model("digits"), {SHARD: Answer(POINTER)}) as url:
        visit.open(url)
    visit.page.get_by_role("button", name="Try again").click()
    visit.page.locator(".problem", has_text="model.json cannot be loaded: the server cannot be reached.").wait_for()


def test_an_op_that_tensorflow_js_lacks_is_named(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(graphs.binary("NoSuchOp")), encoding="utf-8")
    with broken(tmp_path, {}) as url:
        visit.open(url)
        assert "The model needs the op NoSuchOp, which TensorFlow.js does not have." in (visit.problem() or "")


def test_an_op_that_the_backend_lacks_is_named_when_it_runs(visit: Visit, tmp_path: Path) -> None:
    document = graphs.identity("float32", (2,))
    document["modelTopology"]["node"][1]["op"] = "Einsum"
    document["modelTopology"]["node"][1]["attr"]["equation"] = {"s": "aS0+aQ=="}  # i->i
    (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
    with broken(tmp_path, {}) as url:
        visit.open(url).calm()
        visit.page.get_by_role("button", name="Run", exact=True).click()
        visit.page.locator(".problem", has_text="The wasm backend of TensorFlow.js cannot compute Einsum").wait_for()
        visit.page.get_by_role("radio", name="cpu", exact=True).check()
        visit.idle()
        visit.run()
