"""What users get wrong, end to end: one clear error each, nothing on standard output, nothing written.

`bad_input/transcript.txt` holds the commands, their exit codes and the whole messages: read it aloud.
"""

from __future__ import annotations

import fractions
import json
import pickle
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.attacks import tensorflow_files as graphs
from tests.attacks.keras_archives import archive, flipped
from tests.attacks.keras_configs import of_layers
from tests.attacks.keras_hdf5 import configured, hdf5, linked, nested
from tests.sources.tensorflow.hub.archives import packed
from totfjs.cli import main

HERE = Path(__file__).with_name("bad_input")
KERNEL, BIAS = np.ones((4, 3), np.float32), np.zeros(3, np.float32)
ARRAYS = {
    "linear": {"kernel": KERNEL, "bias": BIAS},
    "classifier": {"params/Dense_0/kernel": KERNEL, "params/Dense_0/bias": BIAS},
    "other": {"params/Dense_0/kernel": KERNEL.T, "params/Dense_0/biases": BIAS},
    "nan": {"kernel": np.full_like(KERNEL, np.nan), "bias": BIAS},
    "large": {"kernel": np.full((4, 3), 1 << 40), "bias": BIAS},
    "huge": {"kernel": np.full((4, 3), 1e39), "bias": BIAS},
    "dates": {"kernel": np.zeros((4, 3), "datetime64[s]"), "bias": BIAS},
    "records": {"kernel": np.zeros((4, 3), [("low", "f4"), ("high", "f4")]), "bias": BIAS},
    "images": {"image": np.ones((2, 4), np.float32)},
    "doubles": {"image": np.ones((2, 4))},
}
MODULES = {
    "raises": "raise RuntimeError('no GPU here')\n",
    "broken": "def double(:\n",
    "imports": "import a_package_that_is_not_there\n",
    "plain": "def double(image):\n    return image * 2\n",
}
IMAGE = ["--input", "image:float32[b,4]"]


def transcript() -> list[tuple[str, int, str]]:
    """Each command with its exit code and its message."""
    entries = (HERE / "transcript.txt").read_text(encoding="utf-8").split("\n$ totfjs ")[1:]
    parts = [entry.split("\n", 2) for entry in entries]
    return [(command, int(code.strip("[]")), message.strip()) for command, code, message in parts]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with models, weights, and web models of which something is missing."""
    here = tmp_path_factory.mktemp("prepared")
    shutil.copy(HERE / "models.py", here)
    for name, arrays in ARRAYS.items():
        np.savez(here / f"{name}.npz", **arrays)
    for name, code in MODULES.items():
        (here / f"{name}.py").write_text(code)
    (here / "pickle.npz").write_bytes(pickle.dumps({"kernel": fractions.Fraction(1, 2)}, protocol=4))
    _keras_files(here)
    (here / "truncated.pb").write_bytes(graphs.nodes(graphs.X, graphs.used("x"))[:-3])
    graphs.directory(graphs.saved(graphs.ASSETS, graphs.asset("../../secret.txt")))(here)
    (here / "folder").mkdir()
    (here / "folder" / "notes.txt").write_text("mine")
    source, weights = f"{here}/models.py:linear", ["--weights", f"{here}/linear.npz"]
    arguments = ["--shard-size", "16", "--verify", "off"]
    assert main(["convert", source, f"{here}/web", *IMAGE, *weights, *arguments]) == 0
    seven = ["--input", "image:float32[1,1,1,1,1,1,b]", "--backends", "cpu", "--verify", "off"]
    assert main(["convert", f"{here}/models.py:double", f"{here}/seven", *seven]) == 0
    _damage(here / "web")
    return here


def _keras_files(here: Path) -> None:
    """Files of Keras that are damaged, hostile, or not models of Keras' own layers."""
    sound = archive()
    (here / "cut.keras").write_bytes(sound[: len(sound) // 2])
    (here / "flipped.keras").write_bytes(flipped(sound))
    hdf5(lambda file: linked(file, "model_weights/dense/kernel", h5py.ExternalLink("/etc/passwd", "x")))(
        here / "link.h5"
    )
    nested(lambda file: None)(here / "mine.weights.h5")
    (here / "page.tar.gz").write_bytes(b"<!DOCTYPE html>")
    (here / "traversal.tar.gz").write_bytes(packed({"../evil": b"x"}))
    with h5py.File(here / "prices.h5", "w") as file:
        file["prices"] = KERNEL
    for name in ("code", "own"):
        configured(json.dumps(of_layers(name)))(here / f"{name}.h5")


def _damage(web: Path) -> None:
    shard = "group1-shard2of3.bin"
    for name in ("web-without-shard", "web-cut", "web-pointer", "web-unknown-op"):
        shutil.copytree(web, web.with_name(name))
    (web.with_name("web-without-shard") / shard).unlink()
    (web.with_name("web-cut") / shard).write_bytes(b"cut")
    (web.with_name("web-pointer") / shard).write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    file = web.with_name("web-unknown-op") / "model.json"
    model = json.loads(file.read_text())
    for node in model["modelTopology"]["node"]:
        node["op"] = {"MatMul": "Frobnicate"}.get(node["op"], node["op"])
    file.write_text(json.dumps(model))


@pytest.fixture
def here(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: a fresh copy; what the command adds to sys.path is taken away again."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


def _files(directory: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in directory.rglob("*")}


def _plain(text: str, here: Path) -> str:
    return text.replace(f"{here}{'/' if '/' in str(here) else chr(92)}", "").replace("\\", "/").strip()


@pytest.mark.parametrize(("command", "code", "message"), transcript(), ids=lambda value: str(value)[:60])
def test_each_mistake_gets_one_clear_error(
    command: str, code: int, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _files(here)
    assert main(shlex.split(command)) == code
    captured = capsys.readouterr()
    assert _plain(captured.err, here) == message
    assert captured.out == ""
    assert _files(here) == before


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("models.py:double", "'models.py' imports jax, which is not installed."),
        ("plain.py:double", "This model needs JAX, which is not installed."),
    ],
)
def test_a_missing_framework_is_named_with_its_extra(
    source: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("jax", "flax")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jax", None)
    before = _files(here)
    assert main(["convert", source, "out", *IMAGE]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error[MISSING_DEPENDENCY]: {message}\n")
    assert captured.err.endswith("  fix: Run `pip install 'totfjs[jax]'`.\n")
    assert captured.out == ""
    assert _files(here) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("existing", [False, True])
def test_a_full_disk_leaves_what_was_there(existing: bool, tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", kernel=np.ones(1 << 20, np.float32))
    np.savez(tmp_path / "small.npz", kernel=np.ones(1, np.float32))
    if existing:
        assert main(["convert", f"{tmp_path}/small.npz", f"{tmp_path}/out"]) == 0
    before = _files(tmp_path)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
        "from totfjs.cli import main; sys.exit(main(['convert', 'weights.npz', 'out', '--force']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "error[DISK_FULL]: There is no room left to write out/group1-shard1of1.bin.\n"
        "  fix: Free some space or choose an output on another disk; nothing was left behind.\n"
    )
    assert done.stdout == ""
    assert _files(tmp_path) == before


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="only Linux has a directory that not even root may write")
def test_a_directory_that_may_not_be_written_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "linear.npz", "/sys/kernel/web_model"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error[OUTPUT_PERMISSION]: /sys/kernel/web_model cannot be written: ")
    assert captured.err.endswith("  fix: Choose an output in a directory that you may write.\n")
    assert captured.out == ""
    assert not Path("/sys/kernel/web_model").exists()


def test_an_old_model_survives_a_refused_conversion(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _files(here)
    arguments = ["--weights", "nan.npz", "--quantize", "uint8", "--force"]
    assert main(["convert", "models.py:linear", "web", *IMAGE, *arguments]) == 1
    assert "error[QUANTIZATION]" in capsys.readouterr().err
    assert _files(here) == before


def test_names_with_spaces_and_other_scripts_are_no_mistake(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "내 모델").mkdir()
    shutil.copy("models.py", "내 모델/my model.py")
    source = "내 모델/my model.py:double"
    assert main(["convert", source, "웹 모델/é", "--input", "그림:float32[b,4]", "--verify", "cpu"]) == 0
    assert "웹 모델/é: graph model, 2 files" in capsys.readouterr().out.replace("\\", "/")
