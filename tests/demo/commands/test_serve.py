from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.demo.workplace import Workplace, environment

Captured = pytest.CaptureFixture[str]
PROGRAM = [sys.executable, "-u", "-m", "jax_to_tfjs_demo.app"]


def served(place: Workplace, *words: str) -> subprocess.Popen[str]:
    variables = {**os.environ, **environment(place.data)}
    variables.pop("UV_RUN_RECURSION_DEPTH", None)
    return subprocess.Popen(
        [*PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=place.directory,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no Ctrl-C to a process of its own")
def test_the_page_is_served_until_ctrl_c(trained: Workplace) -> None:
    assert trained.app("convert") == 0
    process = served(trained, "serve", "--port", "0")
    try:
        assert process.stdout is not None
        told = ""
        while not (found := re.search(r"draw a digit: (http://127\.0\.0\.1:\d+/)", told)):
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        with urlopen(f"{found[1]}models.json") as answer:
            assert [each["name"] for each in json.load(answer)["models"]] == ["jax_mnist"]
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, error
    assert "The page is no longer served." in rest
    assert "Traceback" not in error


def test_a_site_is_built_and_told(trained: Workplace, capsys: Captured) -> None:
    assert trained.app("convert", "--quantization", "uint8") == 0
    capsys.readouterr()
    assert trained.app("build-site") == 0
    told = capsys.readouterr().out
    assert "site: " in told and "  jax_mnist_uint8: 420.3 KiB, accuracy " in told
    assert "next: app serve site  look at it here" in told
    assert trained.app("build-site", "--json", "--output", "public", "tfjs_models/jax_mnist_uint8") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["path"] == "public" and found["models"][0]["name"] == "jax_mnist_uint8"
    assert (trained.directory / "public/index.html").is_file()


@pytest.mark.parametrize("command", ["serve", "build-site"])
def test_without_a_web_model_it_is_said_how_to_make_one(command: str, workplace: Workplace, capsys: Captured) -> None:
    assert workplace.app(command) == 1
    told = capsys.readouterr().err
    assert told == "error: There is no web model in tfjs_models.\n  fix: Convert one: app convert\n"


def test_a_quickstart_goes_from_data_to_a_page(workplace: Workplace, capsys: Captured) -> None:
    assert workplace.app("quickstart", "--no-serve", "--epochs", "2") == 0
    told = capsys.readouterr().out
    steps = re.findall(r"^(\d)/6 ([a-z]+): .+$", told, re.MULTILINE)
    assert steps == [
        ("1", "data"), ("2", "train"), ("3", "checkpoint"), ("4", "convert"), ("5", "verify"), ("6", "page"),
    ]  # fmt: skip
    assert len(re.findall(r"^    \d+\.\d s$", told, re.MULTILINE)) == 6
    assert "passed: none, all predictions are equal" in told
    assert told.endswith("look at the page: app serve\n")
    assert (workplace.directory / Path("tfjs_models/jax_mnist/model.json")).is_file()
