"""The page about the old package tells the truth."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.compat import old
from totfjs.cli import main as totfjs
from totfjs.compat.arguments import normal
from totfjs.compat.asked import request_of
from totfjs.compat.cli import main as tensorflowjs_converter
from totfjs.compat.flags import FLAGS, parser
from totfjs.compat.request import command

PAGE = (Path(__file__).parents[2] / "docs/compat.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.*)` \| `(.* --from .*)` \|$", PAGE, re.MULTILINE)
# What the models of the page are called in the fixtures.
MODELS = {
    "model.h5": "tiny.h5", "model.keras": "tiny.keras", "keras_saved_model": "keras_saved",
    "frozen.pb": "frozen.pb", "module": "module", "layers_model": "layers", "graph_model": "graph",
    "labels.json": "labels.json",
}  # fmt: skip


def files(path: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in ([path] if path.is_file() else path.iterdir())}


@pytest.mark.parametrize(("theirs", "ours"), ROWS)
def test_both_commands_of_a_row_write_the_same(
    theirs: str, ours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = old.unpacked("models", tmp_path)
    monkeypatch.chdir(directory)
    (directory / "saved").rename(directory / "saved_model")
    for name, source in MODELS.items():
        (directory / source).rename(directory / name)
    arguments = shlex.split(theirs)
    request = request_of(parser().parse_args(normal(arguments)))
    assert command(request) == f"totfjs convert {ours} --force"
    found = []
    for run in (lambda: tensorflowjs_converter(["--verify=off", *arguments]),
                lambda: totfjs(["convert", *shlex.split(ours), "--verify", "off", "--force"])):  # fmt: skip
        assert run() == 0
        found.append(files(directory / request.output))
    if Path(request.output).suffix != ".h5":  # which HDF5 does not write to the same bytes
        assert found[0] == found[1]


def test_every_flag_is_on_the_page() -> None:
    for flag in set(FLAGS) - {"help", "version"}:
        assert f"--{flag}" in PAGE or f"--{flag.partition('_')[0]}_" in PAGE, flag


def test_the_python_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        exec(compile(block, "compat.md", "exec"), names)
    assert capsys.readouterr().out.startswith("True\n{'params/kernel': (4, 2)}")
