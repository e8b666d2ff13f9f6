"""The reader of numpy's files in JavaScript, which the page and the script for Node share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.loader.node import printed

SOURCES = Path(__file__).parents[2] / "js/src/loader"
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
    "columns of bytes": np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)),
    "big float32": np.float32([1.5, -2]).astype(">f4"),
    "big float16": np.float16([1.5, -2]).astype(">f2"),
    "big int64": np.int64([-1, 2**40]).astype(">i8"),
    "complex64": np.complex64([[1 + 2j, -3j], [0.5, 4]]),
    "big complex128": np.asfortranarray(np.array([[1 + 2j, -3j, 1], [0.5, 4, 5j]], ">c16")),
    "texts": np.array([["a", "수학"], ["", "a\0b"]]),
    "big texts": np.array(["가", "b"]).astype(">U2"),
    "bytes": np.array([b"ab", b"c"]),
    "columns of texts": np.asfortranarray(np.array([["a", "b", "c"], ["d", "e", "f"]])),
}
READ = """
    import {readFileSync} from 'node:fs';
    import {pathToFileURL} from 'node:url';
    const {readNpz} = await import(pathToFileURL(process.argv[2]));
    const show = (value) => typeof value === 'number' ? Object.is(value, -0) ? '-0' : String(value) : value;
    const found = Object.entries(readNpz(readFileSync('all.npz')));
    const rows = found.map(([name, {shape, dtype, data}]) => [name, shape, dtype, Array.from(data, show)]);
    console.log(JSON.stringify(rows));
"""
REFUSED = """
    import {readFileSync} from 'node:fs';
    import {pathToFileURL} from 'node:url';
    const {NpyError, readNpy} = await import(pathToFileURL(process.argv[2] + '/npy.js'));
    const {readNpz} = await import(pathToFileURL(process.argv[2] + '/npz.js'));
    const why = (name) => {
      try {
        (name.endsWith('.npz') ? readNpz : readNpy)(readFileSync(name));
        return 'read';
      } catch (error) {
        return error instanceof NpyError ? error.message : `${error.constructor.name}: ${error.message}`;
      }
    };
    console.log(JSON.stringify(process.argv.slice(3).map(why)));
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[int], str, list[Any]]]:
    """What the reader makes of the arrays: shape, dtype and data, numbers as texts."""
    folder = tmp_path_factory.mktemp("arrays")
    np.savez_compressed(folder / "all.npz", **ARRAYS)  # type: ignore[arg-type]
    return {name: tuple(row) for name, *row in printed(folder, READ, str(SOURCES / "npz.js"))}  # type: ignore[misc]


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_numpy_are_read_as_they_are(name: str, read: dict[str, tuple[list[int], str, list[Any]]]) -> None:
    array = ARRAYS[name]
    shape, dtype, data = read[name]
    texts = array.dtype.kind in "US"
    assert (shape, dtype) == (list(array.shape), "string" if texts else array.dtype.name)
    if texts:
        assert data == [text if isinstance(text, str) else text.decode() for text in array.ravel().tolist()]
        return
    rows = np.ascontiguousarray(array).ravel()
    expected = np.stack([rows.real, rows.imag], -1).ravel() if array.dtype.kind == "c" else rows
    np.testing.assert_array_equal(np.array([float(value) for value in data]), expected.astype(np.float64))


def test_the_sign_of_zero_is_kept(read: dict[str, tuple[list[int], str, list[Any]]]) -> None:
    assert read["float16"][2][1] == "-0"


def test_integers_beyond_2_to_the_53_are_rounded(tmp_path: Path) -> None:
    np.savez(tmp_path / "all.npz", x=np.int64([2**53 + 1]))
    assert printed(tmp_path, READ, str(SOURCES / "npz.js"))[0][3] == [str(2**53)]


def test_what_is_no_array_of_numbers_or_texts_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", np.arange(6))
    np.save(tmp_path / "objects.npy", np.array([None, 1], dtype=object))
    np.save(tmp_path / "records.npy", np.zeros(2, [("a", "f4")]))
    np.save(tmp_path / "dates.npy", np.zeros(1, "M8[s]"))
    np.savez(tmp_path / "archive.npz", x=np.arange(600))
    whole, archive = (tmp_path / "whole.npy").read_bytes(), (tmp_path / "archive.npz").read_bytes()
    made = {
        "archive.npy": archive,
        "empty.npy": b"",
        "text.npy": b"1,2,3\n4,5,6\n",
        "magic.npy": whole[:8],
        "header.npy": whole[:40],
        "strange.npy": whole[:10] + b"?" * 118,
        "short.npy": whole[:-1],
        "long.npy": whole + b"\0",
        "nowhere.npz": archive[-30:],
        "text.npz": b"1,2,3\n",
        "cut.npz": archive[:200] + archive[-100:],
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    whys = {
        "objects.npy": "it holds Python objects, which are never loaded",
        "records.npy": "it holds records with fields",
        "dates.npy": "its dtype <M8[s] is unknown here",
        "archive.npy": "it is an archive (.npz or .zip)",
        "empty.npy": "it does not begin as an .npy file",
        "text.npy": "it does not begin as an .npy file",
        "magic.npy": "its header is cut off",
        "header.npy": "its header is cut off",
        "strange.npy": "its header is not that of an array",
        "short.npy": "it should have 48 bytes of data and has 47",
        "long.npy": "it should have 48 bytes of data and has 49",
        "nowhere.npz": "it is damaged",
        "text.npz": "it is no .npz file",
        "cut.npz": "it is damaged",
    }
    assert dict(zip(whys, printed(tmp_path, REFUSED, str(SOURCES), *whys), strict=True)) == whys
