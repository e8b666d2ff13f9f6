"""HDF5 datasets as lazy arrays: their place in the file is found once, and read without h5py."""

from __future__ import annotations

from math import prod
from typing import Any

import h5py
import numpy as np

from totfjs.errors import KerasFileError
from totfjs.sources.keras.reading.chunked import DEFLATE, SHUFFLE, Chunked, Piece
from totfjs.sources.keras.reading.heap import LONGEST, Heap
from totfjs.sources.keras.reading.problems import damaged, unreadable, unsafe
from totfjs.sources.keras.reading.window import Place
from totfjs.weights.array import Array, Deferred, Dense

_LARGEST_CHUNK, _LARGEST_BAND = 16 << 20, 64 << 20
_MOST_COMPRESSED, _COMPRESSED_FLOOR = 100, 256 << 20
_KNOWN_FILTERS = ((), (SHUFFLE,), (DEFLATE,), (SHUFFLE, DEFLATE))
_REFERENCE = np.dtype([("length", "<u4"), ("address", "<u8"), ("index", "<u4")])


class Claims:
    """What the arrays of a file claim of it: together not more than there is."""

    def __init__(self, place: Place, heap: Heap) -> None:
        self.place, self.heap, self._claimed = place, heap, dict[int, int]()
        self._total = 0

    def damaged(self, what: str) -> KerasFileError:
        """The error for a dataset that is not what it promises."""
        return damaged(self.place.shown, what)

    def add(self, offset: int, size: int, name: str) -> None:
        """Claim a range of the file for an array of this name."""
        if offset < 0 or size < 0 or offset + size > self.place.length:
            raise self.damaged(f"{name!r} claims {size:,} bytes at {offset:,}, but the file ends before")
        self._total += max(size - self._claimed.get(offset, 0), 0)
        self._claimed[offset] = max(size, self._claimed.get(offset, 0))
        if self._total > self.place.length:
            raise unsafe(self.place.shown, "its arrays claim the same bytes again and again")


def array_of(dataset: h5py.Dataset, claims: Claims) -> Array:
    """The values of a dataset, or why they are not read."""
    name, created = str(dataset.name), dataset.id.get_create_plist()
    if created.get_external_count():
        raise unsafe(claims.place.shown, f"the values of {name!r} lie in other files")
    if created.get_layout() == h5py.h5d.VIRTUAL:
        raise unsafe(claims.place.shown, f"{name!r} is made of arrays of other files")
    if dataset.shape is None:
        raise claims.damaged(f"{name!r} has no values")
    dtype, shape = _dtype(dataset, claims), tuple(int(dim) for dim in dataset.shape)
    if dtype is None:
        return _strings(dataset, name, shape, claims)
    array = _numbers(dataset, name, dtype, shape, claims, created)
    return _as_text(array) if dtype.kind == "S" else array


def _numbers(
    dataset: h5py.Dataset, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], claims: Claims, created: Any
) -> Array:
    layout, size = created.get_layout(), prod(shape) * dtype.itemsize
    if size == 0:
        return claims.place.array(0, dtype, shape)
    if layout == h5py.h5d.CHUNKED:
        return _chunked(dataset, name, dtype, shape, claims, created)
    stored = dataset.id.get_storage_size()
    if stored != size:
        raise claims.damaged(f"{name!r} declares {dtype}{list(shape)}, but {stored:,} bytes are stored for it")
    if layout == h5py.h5d.COMPACT:
        values = np.empty(shape, dtype)
        dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, values, dataset.id.get_type())
        return Dense(values.astype(dtype.newbyteorder("=")))
    offset = dataset.id.get_offset()
    if offset is None:
        raise claims.damaged(f"{name!r} has no place in the file")
    claims.add(offset, size, name)
    return claims.place.array(offset, dtype, shape)


def _chunked(
    dataset: h5py.Dataset, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], claims: Claims, created: Any
) -> Array:
    chunk = tuple(int(dim) for dim in dataset.chunks)
    filters = tuple(created.get_filter(index)[0] for index in range(created.get_nfilters()))
    if filters not in _KNOWN_FILTERS:
        raise unreadable(claims.place.shown, f"{name!r} is compressed by other means than gzip (filters {filters})")
    count, size = prod(-(-dim // step) for dim, step in zip(shape, chunk, strict=True)), prod(chunk) * dtype.itemsize
    if size > _LARGEST_CHUNK or size * _side_by_side(shape, chunk) > _LARGEST_BAND:
        raise unreadable(claims.place.shown, f"{name!r} lies in chunks of {list(chunk)}, which are too large to unpack")
    if dataset.id.get_num_chunks() != count:
        raise claims.damaged(f"{name!r} declares {count:,} chunks, but {dataset.id.get_num_chunks():,} are stored")
    pieces: dict[tuple[int, ...], Piece] = {}

    def add(info: Any) -> None:
        claims.add(info.byte_offset, info.size, name)
        pieces[tuple(info.chunk_offset)] = Piece(info.byte_offset, info.size, info.filter_mask)

    dataset.id.chunk_iter(add)
    if len({piece.offset for piece in pieces.values()}) != count:
        raise unsafe(claims.place.shown, f"the chunks of {name!r} claim the same bytes again and again")
    stored, declared = sum(piece.size for piece in pieces.values()), prod(shape) * dtype.itemsize
    if declared > _COMPRESSED_FLOOR and declared > _MOST_COMPRESSED * stored:
        raise unsafe(claims.place.shown, f"{name!r} would unpack {stored:,} bytes to {declared:,}")
    return Chunked(claims.place, name, dtype, shape, chunk, pieces, filters)


def _side_by_side(shape: tuple[int, ...], chunk: tuple[int, ...]) -> int:
    """How many chunks lie side by side where an array is read from its first row on."""
    return prod(-(-dim // step) for dim, step in zip(shape[1:], chunk[1:], strict=True))


def _dtype(dataset: h5py.Dataset, claims: Claims) -> np.dtype[Any] | None:
    """The dtype whose bytes are those of the file, or None for strings that lie elsewhere in it."""
    stored = dataset.id.get_type()
    dtype: np.dtype[Any] = np.dtype(dataset.dtype)
    if isinstance(stored, h5py.h5t.TypeStringID):
        return None if stored.is_variable_str() else dtype
    if dtype == np.dtype("V2") and dataset.attrs.get("dtype") == "bfloat16":
        import ml_dtypes

        bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    if dtype.kind not in "biufc" or dtype.itemsize > (16 if dtype.kind == "c" else 8):
        raise unsafe(claims.place.shown, f"{str(dataset.name)!r} holds {_kind(stored, dtype)}, not numbers or text")
    if not stored.equal(h5py.h5t.py_create(dtype, logical=True)):
        raise unreadable(claims.place.shown, f"{str(dataset.name)!r} has numbers unlike {dtype}")
    return dtype


def _kind(stored: Any, dtype: np.dtype[Any]) -> str:
    if h5py.check_ref_dtype(dtype):
        return "references"
    return "objects of Python" if isinstance(stored, h5py.h5t.TypeOpaqueID) or dtype.kind == "O" else f"{dtype}"


def _as_text(array: Array) -> Array:
    return Deferred(object, array.shape, lambda: array.numpy().astype(object), key=array.key)


def _strings(dataset: h5py.Dataset, name: str, shape: tuple[int, ...], claims: Claims) -> Array:
    if prod(shape) == 0:
        return Dense(np.empty(shape, object))
    offset, size = dataset.id.get_offset(), prod(shape) * _REFERENCE.itemsize
    if offset is None or dataset.id.get_storage_size() != size:
        raise unreadable(claims.place.shown, f"the strings of {name!r} are not stored one after the other")
    claims.add(offset, size, name)
    if size > LONGEST:
        raise unsafe(claims.place.shown, f"{name!r} holds more text than any vocabulary")
    references = [reference.item() for reference in claims.place.array(offset, "u1", (size,)).numpy().view(_REFERENCE)]
    texts = claims.heap.texts(references, repr(name))
    return Dense(np.array(texts, object).reshape(shape))
