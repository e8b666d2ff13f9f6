"""Reads `.npz`: a zip of `.npy` members, whose checksums are compared while they are read piece by piece."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from totfjs.checkpoints.checkpoint import Checkpoint, damaged, nest
from totfjs.errors import CheckpointError, UnsafeCheckpointError
from totfjs.weights.array import PIECE, Array, Deferred, read_exactly

_MOST_COMPRESSED = 1100  # deflate cannot do better than 1032 to 1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    SyntaxError,
)


def read_npz(path: Path) -> Checkpoint:
    """Read the headers of the members; their values are read when asked for."""
    arrays: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.removesuffix(".npy")
                if name == info.filename or name in arrays or ".." in name.split("/"):
                    raise damaged(path, f"its member {info.filename!r} is not an array, or is there twice")
                arrays[name] = _member(path, archive, info)
    except _BROKEN as error:
        raise damaged(path, str(error)) from error
    return Checkpoint(nest(arrays), "npz")


class Member(Array):
    """A member of an archive."""

    def __init__(self, path: Path, info: zipfile.ZipInfo, skip: int, dtype: Any, shape: tuple[int, ...]) -> None:
        super().__init__(dtype, shape)
        self.path, self._info, self._skip, self._stored = path, info, skip, np.dtype(dtype)

    @property
    def key(self) -> Hashable:
        """The archive and the member."""
        return ("member", str(self.path), self._info.header_offset, self._stored.str, self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield pieces; the archive's checksum is compared at the end."""
        step = max(limit // self.dtype.itemsize, 1)
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self._info) as member:
                member.read(self._skip)
                for start in range(0, self.size, step):
                    piece = np.empty(min(step, self.size - start), self._stored)
                    read_exactly(cast(BinaryIO, member), piece, self.path)
                    yield piece.astype(self.dtype, copy=False)
        except _BROKEN as error:
            raise damaged(self.path, str(error)) from error


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    with archive.open(info) as member:
        shape, fortran, dtype, skip = _npy_header(path, info.filename, cast(BinaryIO, member))
    if math.prod(shape) * dtype.itemsize != info.file_size - skip:
        raise damaged(path, f"{info.filename!r} declares {dtype}{list(shape)} but holds {info.file_size - skip} bytes")
    stored_shape = shape[::-1] if fortran else shape
    if info.file_size > info.compress_size * _MOST_COMPRESSED:
        raise damaged(path, f"{info.filename!r} claims {info.file_size} bytes from {info.compress_size}")
    array: Array = Member(path, info, skip, dtype, stored_shape)
    if dtype.kind in "US":
        return Deferred(object, shape, lambda: _ordered(array, fortran).astype(object), key=array.key)
    return Deferred(array.dtype, shape, lambda: _ordered(array, True), key=array.key) if fortran else array


def _ordered(array: Array, fortran: bool) -> np.ndarray:
    return array.numpy().T if fortran else array.numpy()


def _npy_header(path: Path, name: str, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    name = name.removesuffix(".npy")
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise damaged(path, f"{name!r} has a header of version {version}")
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise UnsafeCheckpointError(
            f"{path} holds Python objects in {name!r}: reading them would run code from the file.",
            remedy="Save arrays of numbers only: one array per name.",
        )
    if dtype.names is not None:
        raise CheckpointError(
            f"{path} holds records in {name!r}, of the fields {', '.join(dtype.names)}.",
            remedy="Save each field as an array of its own.",
        )
    if dtype.kind == "V":
        raise CheckpointError(
            f"{path} holds {name!r} as {dtype}: NumPy files do not keep bfloat16 and its like.",
            remedy="Save it as float32, or in a .safetensors file.",
        )
    if any(dim < 0 for dim in shape):
        raise damaged(path, f"{name!r} has the shape {shape}")
    return shape, fortran, dtype, file.tell()
