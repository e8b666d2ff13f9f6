"""The page as a whole: well formed, self-contained, escaped, the same for the same verification."""

import itertools
import json
import shutil
import subprocess
from dataclasses import replace

import pytest

import totfjs
from tests.report.reading import Page
from tests.report.samples import HOSTILE, accuracy, bisection, row, verification
from tests.verification.models import affine, write
from totfjs.report import render
from totfjs.verification.record import Verification


@pytest.fixture
def web(tmp_path):
    return write(affine(), tmp_path / "web")


def _failed():
    return verification(
        rows=(row("cpu"), row("wasm", error=0.5)), bisection=bisection(), accuracy=accuracy(),
        not_run={"webgpu": "no GPU"}, notes=("The images were divided by 255.",), deviation=0.01, explained=0.02,
    )  # fmt: skip


@pytest.mark.parametrize(
    "found", [verification(), _failed(), Verification.skipped("verification is off")], ids=["good", "bad", "none"]
)
def test_it_is_well_formed_and_fetches_nothing(found, web):
    text = render(found, web)
    page = Page(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "img", "object", "base")
        assert not {"src", "href", "srcset", "style"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert "http:" not in text and "https:" not in text and "url(" not in text and "@import" not in text
    policies = [each["content"] for each in page.named("meta") if "http-equiv" in each]
    assert policies and policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_headings_are_in_order_and_cells_have_heads(web):
    page = Page(render(_failed(), web))
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.named("th"))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    used = " ".join(attributes.get("aria-labelledby") or "" for _, attributes in page.elements).split()
    assert set(used) <= set(names)
    drawings = [each for each in page.named("svg") if each.get("role") == "img"]
    assert drawings and len(drawings) == len(page.texts["title"]) - 1 == len(page.texts["desc"])
    assert all("aria-hidden" in each for each in page.named("svg") if each not in drawings)


def test_the_same_verification_is_the_same_page(web):
    assert render(_failed(), web) == render(_failed(), web)


def test_every_name_is_escaped(web):
    document = json.loads((web / "model.json").read_text())
    document["userDefinedMetadata"] = {HOSTILE: 1}
    document["convertedBy"] = HOSTILE
    document["signature"]["inputs"][HOSTILE] = document["signature"]["inputs"].pop("x")
    (web / "model.json").write_text(json.dumps(document))
    told = {"engine": HOSTILE, HOSTILE: HOSTILE}
    found = bisection()
    finding = replace(found.findings[0], node=HOSTILE, what=HOSTILE, origin=HOSTILE, remedy=HOSTILE, step=HOSTILE)
    hostile = verification(
        rows=(row(HOSTILE, HOSTILE, 0.5, sizes={HOSTILE: 3}),), against=HOSTILE, not_run={HOSTILE: HOSTILE},
        environment={HOSTILE: told}, notes=(HOSTILE,), accuracy=replace(accuracy(), output=HOSTILE),
        bisection=replace(found, findings=(finding,)),
    )  # fmt: skip
    text = render(hostile, web)
    page = Page(text)
    assert "<script" not in text and "\x00" not in text and "\x1b" not in text
    assert page.text.count("<script>alert('x')</script>\"&") >= 15


def test_sections_without_facts_are_left_out(web):
    titles = Page(render(verification(), web)).texts["h2"]
    assert titles == [
        "Comparison", "Errors", "Latency and memory", "Model", "Size", "Environment", "How to repeat this",
    ]  # fmt: skip
    assert Page(render(_failed(), web)).texts["h2"][:4] == ["Where it begins", "Comparison", "Errors", "Accuracy"]


def test_without_a_directory_it_tells_of_the_comparison_alone():
    page = Page(render(verification(), ""))
    assert "Model" not in page.texts["h2"] and "Comparison" in page.texts["h2"]
    assert "totfjs verify MODEL_DIR --backends cpu,wasm" in page.text


def test_how_to_repeat_it_is_a_command_that_a_shell_reads(tmp_path):
    directory = write(affine(), tmp_path / "it's a model")
    (command,) = Page(render(verification(), directory)).texts["pre"]
    parts = subprocess.run(
        ["sh", "-c", command.replace("totfjs", "printf '%s\\n'", 1)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert parts[:2] == ["verify", str(directory)]


def test_a_real_verification_as_a_page(web):
    found = totfjs.verify(web, backends=["cpu", "wasm"])
    page = Page(found.to_html())
    assert "✓ Verified" in page.text and "On cpu and wasm 1 output agrees with" in page.text
    assert page.texts["h3"][:2] == ["cpu all 2 passed", "wasm all 2 passed"]
    assert any(name.startswith("tfjs-core") for name in page.texts["dt"])


_BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.mark.skipif(_BROWSER is None, reason="no Chromium is installed")
def test_a_browser_shows_it_without_a_word_on_its_console(web, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(render(_failed(), web), encoding="utf-8")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    opened = subprocess.run(
        [_BROWSER, *flags, f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()],
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=120, check=True,
    )  # fmt: skip
    assert "Where it begins" in opened.stdout and "</html>" in opened.stdout
    assert "CONSOLE" not in opened.stderr
