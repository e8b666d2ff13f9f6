"""Web models whose manifest lies must be refused: no file outside is read, no large allocation is made."""

import numpy as np
import pytest

from totfjs.errors import WeightFileError
from totfjs.weights import read_manifest

HUGE = 2**40


def line(**changes):
    return {"name": "w", "shape": [2], "dtype": "float32"} | changes


def quantized(**changes):
    return line(quantization={"dtype": "uint8", "min": 0.0, "scale": 1.0, "original_dtype": "float32"} | changes)


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ([{"paths": ["../secret.bin"], "weights": []}], "outside its directory"),
        ([{"paths": ["a/../../secret.bin"], "weights": []}], "outside its directory"),
        ([{"paths": ["/etc/hostname"], "weights": []}], "outside its directory"),
        ([{"paths": ["..\\secret.bin"], "weights": []}], "outside its directory"),
        ([{"paths": ["C:\\secret.bin"], "weights": []}], "outside its directory"),
        ([{"paths": [""], "weights": []}], "outside its directory"),
        ([{"paths": ["none.bin"], "weights": []}], "none.bin cannot be read"),
        ([{"weights": []}], "no paths or weights"),
        ([3], "no paths or weights"),
        ([{"paths": ["w.bin"], "weights": [line(), line()]}], "ends at byte 16, after the 8"),
        ([{"paths": ["w.bin"], "weights": [line(shape=[1]), line(shape=[1])]}], "two weights are named"),
        ([{"paths": ["w.bin"], "weights": [line(shape=[HUGE, HUGE])]}], "after the 8 bytes"),
        ([{"paths": ["w.bin"], "weights": [line(shape=[-2, -1])]}], "has the shape"),
        ([{"paths": ["w.bin"], "weights": [line(shape=[2.0])]}], "has the shape"),
        ([{"paths": ["w.bin"], "weights": [line(shape=None)]}], "has the shape"),
        ([{"paths": ["w.bin"], "weights": [line(name=3)]}], "has the shape"),
        ([{"paths": ["w.bin"], "weights": [line(dtype="uint8")]}], "which TensorFlow.js does not load"),
        ([{"paths": ["w.bin"], "weights": [line(dtype=["float32"])]}], "which TensorFlow.js does not load"),
        ([{"paths": ["w.bin"], "weights": [{"name": "w"}]}], "a line without 'shape'"),
        ([{"paths": ["w.bin"], "weights": ["w"]}], "a line without"),
        ([{"paths": ["w.bin"], "weights": [line(shape=[1])]}], "take 4 bytes but its files hold 8"),
        ([{"paths": ["w.bin"], "weights": [line(dtype="string", shape=[HUGE])]}], "strings are declared"),
        ([{"paths": ["w.bin"], "weights": [line(dtype="string", shape=[1])]}], "ends after the files"),
        ([{"paths": ["w.bin"], "weights": [quantized(scale=None)]}], "has the quantization"),
        ([{"paths": ["w.bin"], "weights": [quantized(min=float("nan"))]}], "has the quantization"),
        ([{"paths": ["w.bin"], "weights": [quantized(dtype="float64")]}], "has the quantization"),
        ([{"paths": ["w.bin"], "weights": [quantized(dtype="object")]}], "has the quantization"),
        ([{"paths": ["w.bin"], "weights": [line(quantization=None)]}], "a line without"),
        ([{"paths": ["w.bin"], "weights": [quantized() | {"dtype": "bool"}]}], "has the quantization"),
    ],
)
def test_a_manifest_that_lies_is_refused(tmp_path, manifest, text):
    inside = tmp_path / "web"
    inside.mkdir()
    (inside / "w.bin").write_bytes(np.float32([3e38, 2]).tobytes())
    (tmp_path / "secret.bin").write_bytes(bytes(8))
    with pytest.raises(WeightFileError, match="The web model is damaged: .*" + text):
        read_manifest(manifest, inside)
