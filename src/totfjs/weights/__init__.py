"""Weights on their way to a web model: lazy arrays, dtype narrowing, quantization, shards and manifest."""

from totfjs.sizes import parse_size
from totfjs.weights.array import Array, Deferred, Dense, FileSlice, Mapped, Reshaped, as_array
from totfjs.weights.entry import Entry, entries
from totfjs.weights.narrow import Narrowing, narrow
from totfjs.weights.patterns import Quantization, as_quantization
from totfjs.weights.quantize import Affine, Rounding, dequantize, quantize
from totfjs.weights.read import read_manifest
from totfjs.weights.shards import Group, write_shards

__all__ = [
    "Affine",
    "Array",
    "Deferred",
    "Dense",
    "Entry",
    "FileSlice",
    "Group",
    "Mapped",
    "Narrowing",
    "Quantization",
    "Reshaped",
    "Rounding",
    "as_array",
    "as_quantization",
    "dequantize",
    "entries",
    "narrow",
    "parse_size",
    "quantize",
    "read_manifest",
    "write_shards",
]
