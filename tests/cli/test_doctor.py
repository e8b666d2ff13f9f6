"""`totfjs doctor`: what it says of browsers, and that it installs one only when it is asked to."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from totfjs.cli import main
from totfjs.runtime.browsers import find, install, report
from totfjs.runtime.browsers.find import Browser

CHROMIUM = Browser("chromium", "chromium", "/usr/bin/chromium")
FIREFOX = Browser("firefox", "firefox", "/usr/bin/firefox")
SOFTWARE = {"works": True, "problem": None, "device": "SwiftShader", "software": True}
BACKENDS = {
    "webgl": SOFTWARE,
    "webgpu": {"works": False, "problem": "TensorFlow.js failed: this browser has no WebGPU adapter."},
    "wasm-threads": {"works": True, "problem": None, "threads": 2},
}


@pytest.fixture
def browsers(monkeypatch: pytest.MonkeyPatch) -> list[Browser]:
    """What is installed, in order of preference."""
    there: list[Browser] = []
    monkeypatch.delenv("TOTFJS_BROWSER", raising=False)
    monkeypatch.setattr(find, "find_browsers", lambda: tuple(there))
    return there


def test_it_names_the_browser_that_is_used_and_the_others(
    browsers: list[Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    browsers += [CHROMIUM, FIREFOX]
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "ok       chromium, for the backends webgl, webgpu and wasm-threads: /usr/bin/chromium\n" in text
    assert "not used, unless TOTFJS_BROWSER names it: /usr/bin/firefox\n" in text
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["browsers"]
    assert [each["name"] for each in told["installed"]] == ["chromium", "firefox"]
    assert told["used"] == {"name": "chromium", "program": "/usr/bin/chromium"}
    assert "backends" not in told


def test_a_missing_browser_is_told_and_fails_nothing(
    browsers: list[Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "missing  a browser, for the backends webgl, webgpu and wasm-threads: No browser is installed here." in text
    assert "fix: Run `totfjs doctor --install-browser`" in text


def test_a_variable_that_names_nothing_is_told(
    browsers: list[Browser], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOTFJS_BROWSER", "/no/such/browser")
    assert main(["doctor"]) == 0
    assert "TOTFJS_BROWSER is /no/such/browser, which is no program that can be run." in capsys.readouterr().out


def test_each_backend_says_what_it_runs_on_when_asked(
    browsers: list[Browser], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browsers.append(CHROMIUM)
    monkeypatch.setattr(report, "try_backends", lambda: BACKENDS)
    assert main(["doctor", "--browser"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ok       webgl runs in software: SwiftShader" in lines
    assert "missing  webgpu: TensorFlow.js failed: this browser has no WebGPU adapter." in lines
    assert "ok       wasm-threads runs in 2 threads" in lines
    monkeypatch.setattr(report, "try_backends", lambda: {"webgl": BACKENDS["webgpu"]})
    assert main(["doctor", "--browser", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["browsers"]["backends"]["webgl"]["works"] is False


def test_installing_does_nothing_where_there_is_one(
    browsers: list[Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    browsers.append(CHROMIUM)
    assert main(["doctor", "--install-browser"]) == 0
    assert capsys.readouterr().out == "chromium is there already: /usr/bin/chromium\n"
    assert main(["doctor", "--install-browser", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"name": "chromium", "program": "/usr/bin/chromium", "installed": False}


def test_installing_shows_each_command_and_what_it_brought(
    browsers: list[Browser], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    done = tmp_path / "done"
    command = sys.executable, "-c", f"print('fetched'); open({str(done)!r}, 'w')"
    monkeypatch.setattr(install, "ways", lambda: iter(((command,),)))
    monkeypatch.setattr(install, "find_browser", lambda: CHROMIUM if done.exists() else None)
    assert main(["doctor", "--install-browser"]) == 0
    said = capfd.readouterr()
    assert said.out == "chromium is installed: /usr/bin/chromium\n"
    assert said.err.startswith(f"$ {sys.executable} -c ") and said.err.endswith("fetched\n")


def test_what_cannot_be_installed_is_refused(
    browsers: list[Browser], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "ways", lambda: iter(((("no-such-command",),),)))
    assert main(["doctor", "--install-browser"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        "error[MISSING_DEPENDENCY]: No browser is installed, and none can be installed from here.\n  fix: " in said.err
    )
