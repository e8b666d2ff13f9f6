"""`totfjs serve` as a program: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving.conftest import write_model

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command, until the block ends."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
    with subprocess.Popen(
        [sys.executable, "-m", "totfjs", "serve", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=flags,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Ctrl-C: the status, and what was said since."""
    process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="a Ctrl-C for one process alone is not to be had on Windows")
def test_it_says_where_the_page_is_and_ends_quietly(tmp_path: Path) -> None:
    model = write_model(tmp_path / "web")
    with serving(str(model), "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(f"{model}: http://127.0.0.1:")
        assert process.stdout.readline() == "Ctrl-C stops it.\n"
        url = line.rpartition(": ")[2].strip()
        with urllib.request.urlopen(f"{url}model/model.json", timeout=30) as answer:
            assert json.load(answer)["format"] == "graph-model"
        assert interrupt(process) == (0, "stopped\n", "")


def test_a_program_reads_one_json_object(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_model(tmp_path / name)
    with serving(str(tmp_path), "--port", "0", "--json") as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        assert found["url"] == f"http://127.0.0.1:{found['port']}/"
        assert list(found["models"]) == ["a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="a Ctrl-C for one process alone is not to be had on Windows")
def test_problems_and_dangers_are_said_once(tmp_path: Path) -> None:
    with serving(str(write_model(tmp_path / "web")), "--port", "0", "--cors", "*", "--json") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{url}model/group1-shard1of1.bin", timeout=30)
            refused.value.close()
        status, _, said = interrupt(process)
    assert (status, said.splitlines()) == (
        0,
        [
            "WARNING: --cors * lets every web site that you open read this model.",
            "/model/group1-shard1of1.bin was asked for, and is not there",
        ],
    )
