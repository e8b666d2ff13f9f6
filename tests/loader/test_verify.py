"""The script that repeats the verification of the guide in Node, with saved inputs and outputs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import totfjs
from tests.loader.conftest import KERNEL, named
from tests.loader.node import node, with_tensorflow
from totfjs.loader import export_loader
from totfjs.runtime import Engine

X = np.float32([[1, 2, 3], [0, 1, 0]])
COUNTS = np.int32([1, 2])


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """A site with a model of one input and one output, as in the guide."""
    root = tmp_path_factory.mktemp("guide")
    totfjs.convert(lambda x: x @ KERNEL, root / "web", inputs={"x": ("b", 3)}, verify="off")
    export_loader(root / "web", with_tensorflow(root), engine=engine)
    return root


def verified(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return node(site, "verify.mjs", *words)


def test_the_pair_of_the_guide_agrees(one: Path) -> None:
    np.save(one / "test_input.npy", X)
    np.save(one / "expected_output.npy", X @ KERNEL)
    done = verified(one)
    assert (done.returncode, "verified on cpu: every MSE is below 0.00001" in done.stdout) == (0, True)


def test_an_output_that_is_off_fails(one: Path) -> None:
    np.save(one / "x.npy", X)
    np.save(one / "off.npy", X @ KERNEL + 0.01)
    done = verified(one, "--input", "x.npy", "--expected", "off.npy")
    assert (done.returncode, "FAIL  output: MSE 1.0" in done.stdout) == (1, True)
    assert verified(one, "--input", "x.npy", "--expected", "off.npy", "--tolerance", "0.1").returncode == 0


def test_the_input_may_be_of_another_width_and_byte_order(one: Path) -> None:
    np.save(one / "big.npy", X.astype(">f8"))
    np.save(one / "y.npy", (X @ KERNEL).astype(">f4"))
    assert verified(one, "--input", "big.npy", "--expected", "y.npy").returncode == 0


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (np.full((2, 4), np.nan, np.float32), "MSE NaN"),
        (np.zeros((4, 2), np.float32), "shape [2,4] instead of [4,2]"),
    ],
    ids=["NaN", "shape"],
)
def test_nan_and_other_shapes_are_no_agreement(one: Path, value: np.ndarray, why: str) -> None:
    np.save(one / "x.npy", X)
    np.save(one / "off.npy", value)
    done = verified(one, "--input", "x.npy", "--expected", "off.npy")
    assert (done.returncode, why in done.stdout) == (1, True)


@pytest.mark.parametrize("compressed", [False, True])
def test_several_inputs_come_by_name_in_an_archive(site: Path, tmp_path: Path, compressed: bool) -> None:
    arrays = {"x": np.asfortranarray(X), "how many": COUNTS.astype(np.int64), **named(X, COUNTS)}
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "pairs.npz", **arrays)  # type: ignore[arg-type]
    done = verified(site, "--pairs", str(tmp_path / "pairs.npz"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok  ") == 3
    arrays["logits"] = arrays["logits"] + 1
    save(tmp_path / "pairs.npz", **arrays)  # type: ignore[arg-type]
    assert verified(site, "--pairs", str(tmp_path / "pairs.npz")).returncode == 1


def test_what_is_wrong_is_said_in_a_line(one: Path, site: Path, tmp_path: Path) -> None:
    np.save(one / "x.npy", X)
    np.save(one / "objects.npy", np.array([["x", None]], dtype=object))
    np.save(one / "records.npy", np.zeros(2, [("a", "f4")]))
    np.save(one / "texts.npy", np.array(["a", "b"]))
    np.savez(one / "pairs.npz", x=X, y=np.zeros(1, "M8[s]"))
    (one / "cut.npy").write_bytes((one / "x.npy").read_bytes()[:-4])
    rows = {
        "objects.npy": "objects.npy cannot be read: it holds Python objects, which are never loaded",
        "records.npy": "records.npy cannot be read: it holds records with fields",
        "texts.npy": "Input x is float32; the file holds string",
        "cut.npy": "cut.npy cannot be read: it should have 24 bytes of data and has 20",
        "pairs.npz": "pairs.npz cannot be read: in y.npy, its dtype <M8[s] is unknown here",
        "nowhere.npy": "there is no file nowhere.npy",
        "verify.mjs": "verify.mjs cannot be read: it does not begin as an .npy file",
    }
    for name, message in rows.items():
        done = verified(one, "--input", name, "--expected", "x.npy")
        assert (done.returncode, message in done.stderr, done.stderr.count("\n    at ")) == (1, True, 0), done.stderr
    done = verified(one, "--model", "nowhere/model.json")
    assert (done.returncode, "error[MISSING]: model.json cannot be loaded" in done.stderr) == (1, True)
    for words in (["--strange"], ["--tolerance", "-1"], ["--tolerance", "x"], ["extra"]):
        assert verified(one, *words).returncode == 2
