"""The script that repeats the verification of the guide in Node, with saved inputs and outputs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import totfjs
from tests.loader.conftest import KERNEL, named
from tests.loader.servers import node, printed, with_tensorflow
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
    np.save(one / "big.npy", X.astype(">f4"))
    np.save(one / "texts.npy", np.array(["a", "b"]))
    (one / "cut.npy").write_bytes((one / "x.npy").read_bytes()[:-4])
    rows = {
        "big.npy": "big.npy cannot be read: its numbers are big-endian",
        "texts.npy": "Input x is float32; the file holds values of another kind",
        "cut.npy": "cut.npy cannot be read: it has 20 bytes of values and should have 24",
        "nowhere.npy": "there is no file nowhere.npy",
        "verify.mjs": "verify.mjs cannot be read: it is no .npy file",
    }
    for name, message in rows.items():
        done = verified(one, "--input", name, "--expected", "x.npy")
        assert (done.returncode, message in done.stderr, done.stderr.count("\n    at ")) == (1, True, 0), done.stderr
    done = verified(one, "--model", "nowhere/model.json")
    assert (done.returncode, "error[MISSING]: model.json cannot be loaded" in done.stderr) == (1, True)
    for words in (["--strange"], ["--tolerance", "-1"], ["--tolerance", "x"], ["extra"]):
        assert verified(one, *words).returncode == 2


ARRAYS = {
    "float64": np.linspace(-1, 1, 6).reshape(2, 3),
    "float16": np.float16([1, -0.0, 65504, 6e-8, np.inf, np.nan]),
    "int64": np.int64([[1, -2], [3, 2**40]]),
    "uint8": np.arange(256, dtype=np.uint8),
    "int8": np.arange(-128, 128, dtype=np.int8).reshape(2, 128),
    "int16": np.int16([-32768, 32767]),
    "uint16": np.uint16([0, 65535]),
    "uint32": np.uint32([0, 2**32 - 1]),
    "uint64": np.uint64([0, 2**53]),
    "bool": np.array([True, False]),
    "scalar": np.float32(2.5),
    "empty": np.zeros((0, 3), np.float32),
    "columns": np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)),
    "texts": np.array([["a", "수학"], ["", "a\0b"]]),
    "bytes": np.array([b"ab", b"c"]),
}


def test_arrays_of_numpy_are_read_as_they_are(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "all.npz", **ARRAYS)  # type: ignore[arg-type]
    source = Path(__file__).parents[2] / "js/src/loader/npy.js"
    script = """
        import {readFileSync} from 'node:fs';
        import {pathToFileURL} from 'node:url';
        const {readNpz} = await import(pathToFileURL(process.argv[2]));
        const show = (value) => typeof value === 'number' ? Object.is(value, -0) ? '-0' : String(value) : value;
        const found = Object.entries(readNpz(readFileSync('all.npz')));
        console.log(JSON.stringify(found.map(([name, {shape, values}]) => [name, shape, values.map(show)])));
    """
    found = {name: (shape, values) for name, shape, values in printed(tmp_path, script, str(source))}
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        shape, values = found[name]
        assert shape == list(array.shape)
        if array.dtype.kind in "US":
            assert values == [text if isinstance(text, str) else text.decode() for text in array.ravel().tolist()]
        else:
            np.testing.assert_array_equal(
                np.array([float(value) for value in values]), array.ravel().astype(np.float64)
            )
    assert found["float16"][1][1] == "-0"
