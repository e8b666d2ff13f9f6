from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.verification.models import affine, write
from totfjs import __version__
from totfjs.cli import main


def test_help_and_version_need_no_numpy() -> None:
    script = (
        "import sys, contextlib\nfrom totfjs.cli import main\n"
        "for flag in ('--help', '--version'):\n"
        "    with contextlib.suppress(SystemExit): main([flag])\n"
        "assert not {'numpy', 'jax', 'rich', 'py_mini_racer'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"totfjs {__version__}" in done.stdout


def test_import_totfjs_loads_nothing_heavy() -> None:
    script = "import totfjs, sys; assert not {'numpy', 'jax', 'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_verify_prints_a_row_for_each_output_and_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = write(affine(), tmp_path / "web")
    assert main(["verify", str(directory)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:4] == ["ok", "cpu", "b=1", "y"]
    assert lines[-1].startswith("verified on cpu, wasm against the model's own graph in numpy: max abs error")


def test_verify_that_fails_exits_with_3_and_names_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = write(affine(), tmp_path / "web")
    np.savez(tmp_path / "pairs.npz", x=np.ones((1, 3), np.float32), y=np.zeros((1, 3), np.float32))
    assert main(["verify", str(directory), "--pairs", str(tmp_path / "pairs.npz"), "--backends", "cpu"]) == 3
    text = capsys.readouterr().out
    assert "\n  cpu b=1 y: differs by 4" in text
    assert text.endswith("VERIFICATION FAILED against the given pairs: 1 of 1 row\n")


def test_verify_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write(affine(), tmp_path / "web")
    assert main(["verify", str(directory), "--json", "--backends", "cpu"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is True
    assert {row["sizes"]["b"] for row in found["rows"]} == {1, 2}


def test_run_reads_and_writes_arrays_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write(affine(), tmp_path / "web")
    np.savez(tmp_path / "in.npz", x=np.ones((2, 3), np.float32))
    assert main(["run", str(directory), "--inputs", f"{tmp_path}/in.npz", "--outputs", f"{tmp_path}/out.npz"]) == 0
    assert capsys.readouterr().out == "y: float32[2, 3]\n"
    np.testing.assert_array_equal(np.load(tmp_path / "out.npz")["y"], np.array([[2, 3, 4]] * 2, np.float32))


def test_a_run_beyond_its_limits_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write(affine(), tmp_path / "web")
    np.savez(tmp_path / "in.npz", x=np.ones((2, 3), np.float32))
    arguments = ["run", str(directory), "--inputs", f"{tmp_path}/in.npz", "--outputs", f"{tmp_path}/out.npz"]
    assert main([*arguments, "--memory-limit", "1MiB"]) == 1
    assert "error[ENGINE_MEMORY]" in capsys.readouterr().err
    assert main([*arguments, "--time-limit", "0.000001"]) == 1
    assert "error[ENGINE_TIMEOUT]" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_inspect_shows_inputs_with_their_dims_and_the_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = write(affine(), tmp_path / "web", quantize={"shift": "uint8"})
    assert main(["inspect", str(directory)]) == 0
    text = capsys.readouterr().out
    assert "in   x: float32[b, 3]" in text
    assert "shift: float32[3], stored as uint8" in text
    assert main(["inspect", str(directory), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == 4


def test_doctor_runs_tensorflow_js(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "TensorFlow.js runs in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["inspect", "nowhere"], 1, "error[SOURCE]: There is nothing at nowhere.\n  fix: Check the path."),
        (["convert", "nowhere", "out"], 1, "'nowhere' is neither a path nor package.module:name."),
        (["convert", "no_such_module:Model", "out"], 1, "There is no module 'no_such_module'."),
        (["convert", "json:Model", "out"], 1, "json has no 'Model'."),
        (["convert", "json:loads", "out", "--input", "x=3"], 2, "--input x=3 is not NAME:DTYPE[DIMS]."),
        (["convert", "json:loads", "out", "--backends", "gpu"], 2, "There is no backend gpu."),
        (["convert", "json:loads", "out", "--verify", "webnn"], 2, "There is no backend 'webnn'."),
        (["verify", "out", "--backends", "webnn"], 2, "There is no backend 'webnn'."),
        (["verify", "--backends", "cpu"], 2, "No model is named."),
        (["verify", "out", "--tolerance", "little"], 2, "--tolerance little is no number."),
        (["verify", "out", "--labels", "y.npy"], 2, "--labels needs --inputs"),
        (["verify", "out", "--runs", "-1"], 2, "--runs -1 is negative."),
        (["verify", "out", "--batch-size", "0"], 2, "--batch-size 0 is less than 1."),
        (["convert", "json:loads", "out", "--metadata", "labels"], 2, "--metadata labels is not KEY=FILE."),
    ],
)
def test_errors_are_one_message_each(
    arguments: list[str],
    code: int,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.out == ""
    assert not (tmp_path / "out").exists()


def test_a_web_model_is_quantized_anew_without_any_framework(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = write(affine(), tmp_path / "web")
    assert main(["convert", str(directory), str(tmp_path / "small"), "--quantize", "uint8:shift"]) == 0
    text = capsys.readouterr().out
    assert "verified on cpu, wasm against the quantized weights in numpy" in text
    assert "quantization moves the outputs by" in text
