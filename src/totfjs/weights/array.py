"""Lazy arrays: they know dtype and shape, and stream their values in pieces without ever holding the whole.

Nothing here knows TensorFlow.js: what a web model can store is decided in `narrow` and `quantize`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from totfjs.errors import NarrowingError, WeightFileError

PIECE = 4 * 1024 * 1024
_SMALL = 64 * 1024  # arrays up to this size are compared by content, larger ones by where they come from


class Array(ABC):
    """Values of one dtype and shape; strings have dtype object and hold str or bytes."""

    def __init__(self, dtype: Any, shape: Sequence[int]) -> None:
        self.dtype: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")
        self.shape: tuple[int, ...] = tuple(int(dim) for dim in shape)

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the values in memory; for strings, of the references to them."""
        return self.size * self.dtype.itemsize

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Equal keys mean equal values: the identity used to store a shared weight once."""

    @abstractmethod
    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the values in row-major order as contiguous 1-D pieces of at most `limit` bytes each."""

    def numpy(self) -> np.ndarray:
        """Return the whole as a read-only ndarray."""
        whole = np.empty(self.size, self.dtype)
        at = 0
        for piece in self.chunks():
            whole[at : at + piece.size] = piece
            at += piece.size
        return _read_only(whole.reshape(self.shape))

    @property
    def narrower(self) -> str:
        """The name of a smaller dtype of which these are values, if it is known; else that of their own."""
        return str(self.dtype.name)

    def reshape(self, shape: Sequence[int]) -> Array:
        """Return the same values, in the same order, under another shape of the same size."""
        return Reshaped(self, shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype}{self._origin()})"

    def _origin(self) -> str:
        return ""


class Dense(Array):
    """An ndarray that is already in memory."""

    def __init__(self, values: Any) -> None:
        array = np.asarray(values)
        if array.dtype.kind in "UST":
            array = array.astype(object)
        super().__init__(array.dtype, array.shape)
        self._values = _read_only(array.astype(self.dtype, copy=False))

    @property
    def key(self) -> Hashable:
        """The content of a small array; the very ndarray of a large one."""
        if self.dtype.kind == "O":
            return ("strings", self.shape, tuple(self._values.ravel().tolist()))
        if self.nbytes <= _SMALL:
            return ("values", self.dtype.name, self.shape, self._values.tobytes())
        return ("array", Identity(_owner(self._values)), *_layout(self._values))

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield views of a contiguous array, and copies piece by piece of any other."""
        if self._values.flags.c_contiguous or self.dtype.kind == "O":
            yield from _pieces(self._values.reshape(-1), limit)
        elif self.size:
            flat = self._values.flat
            for start, stop in _bounds(self.size, self.dtype.itemsize, limit):
                yield flat[start:stop]

    def numpy(self) -> np.ndarray:
        """Return a read-only view."""
        return self._values

    def __repr__(self) -> str:
        return f"Dense({np.array2string(self._values, separator=', ', threshold=8)}, dtype={self.dtype})"


class FileSlice(Array):
    """Values that lie contiguously in a file, read by pieces with plain reads: mapped pages would count as memory."""

    def __init__(self, path: str | Path, offset: int, dtype: Any, shape: Sequence[int]) -> None:
        self._stored = np.dtype(dtype)
        super().__init__(self._stored, shape)
        self.path, self.offset = Path(path), offset
        self._check_length()

    @property
    def key(self) -> Hashable:
        """The place in the file and how it is read."""
        return ("file", str(self.path), self.offset, self._stored.name, self._stored.byteorder, self.shape)

    @property
    def little(self) -> bool:
        """Whether the bytes lie in the file as a web model stores them."""
        return bool(self._stored.newbyteorder("<") == self._stored)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield freshly read pieces in native byte order."""
        if not self.size:
            return
        with open_weights(self.path) as file:
            file.seek(self.offset)
            for start, stop in _bounds(self.size, self.dtype.itemsize, limit):
                piece = np.empty(stop - start, self._stored)
                read_exactly(file, piece, self.path)
                yield _native(piece)

    def _check_length(self) -> None:
        try:
            length = self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if self.offset < 0 or self.offset + self.nbytes > length:
            raise WeightFileError(
                f"{self.path} has {length} bytes, but {self.nbytes} bytes are declared at {self.offset}.",
                remedy="Copy or download the file again: it is cut short or damaged.",
            )

    def _origin(self) -> str:
        return f", path={str(self.path)!r}, offset={self.offset}"


class Deferred(Array):
    """Values computed each time they are asked for, and not kept. `narrower` is what is known of them."""

    def __init__(
        self, dtype: Any, shape: Sequence[int], thunk: Callable[[], Any], key: Hashable = None, narrower: str = ""
    ) -> None:
        super().__init__(dtype, shape)
        self._thunk, self._narrower = thunk, narrower
        self._key = key if key is not None else Identity(thunk)

    @property
    def narrower(self) -> str:
        """What it was given, or else its own dtype."""
        return self._narrower or super().narrower

    @property
    def key(self) -> Hashable:
        """The key it was given, or else the function that computes it."""
        return ("deferred", self._key, self.dtype.name, self.shape)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Compute the whole, yield it in pieces, and let it go."""
        yield from Dense(self.numpy()).chunks(limit)

    def numpy(self) -> np.ndarray:
        """Compute the values."""
        values = np.asarray(self._thunk())
        if values.shape != self.shape or values.dtype.newbyteorder("=") != self.dtype:
            found, promised = f"{values.dtype}{list(values.shape)}", f"{self.dtype}{list(self.shape)}"
            raise WeightFileError(
                f"A computed weight is {found} where {promised} was promised.",
                remedy="Make the array return what its dtype and shape say.",
            )
        return _read_only(values.astype(self.dtype, copy=False))


class Mapped(Array):
    """An elementwise function of another array, applied piece by piece."""

    def __init__(self, source: Array, function: Callable[[np.ndarray], np.ndarray], dtype: Any) -> None:
        super().__init__(dtype, source.shape)
        self.source, self._function = source, function

    @property
    def key(self) -> Hashable:
        """The function and the array it is applied to."""
        return ("mapped", self._function, self.dtype.name, self.source.key)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Apply the function to each piece; neither side of it exceeds the limit."""
        widest = max(self.dtype.itemsize, self.source.dtype.itemsize)
        for piece in self.source.chunks(max(limit // widest, 1) * self.source.dtype.itemsize):
            yield self._function(piece).astype(self.dtype, copy=False)

    def _origin(self) -> str:
        return f", source={self.source!r}"


class Reshaped(Array):
    """Another array's values under another shape."""

    def __init__(self, source: Array, shape: Sequence[int]) -> None:
        super().__init__(source.dtype, shape)
        if self.size != source.size:
            raise ValueError(f"cannot reshape {source.shape} into {self.shape}")
        self.source = source

    @property
    def narrower(self) -> str:
        """That of the source."""
        return self.source.narrower

    @property
    def key(self) -> Hashable:
        """The source and the shape."""
        return ("reshaped", self.shape, self.source.key)

    def chunks(self, limit: int = PIECE) -> Iterator[np.ndarray]:
        """Yield the pieces of the source."""
        return self.source.chunks(limit)

    def _origin(self) -> str:
        return f", source={self.source!r}"


class Identity:
    """A hashable reference to any object, equal only to references to the same one; keeps it alive."""

    __slots__ = ("of",)

    def __init__(self, of: object) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


def as_array(x: Any) -> Array:
    """Return as an Array an Array itself, an ndarray, a number, a list, or anything with dtype, shape and __array__."""
    if isinstance(x, Array):
        return x
    if isinstance(x, np.ndarray | np.generic) or not (hasattr(x, "dtype") and hasattr(x, "shape")):
        return Dense(x)
    try:
        dtype = np.dtype(x.dtype)
    except TypeError:
        raise NarrowingError(
            f"An array of dtype {x.dtype} does not hold plain numbers.",
            remedy="Pass its data instead; for JAX random keys that is jax.random.key_data(key).",
        ) from None
    return Deferred(dtype, x.shape, lambda: np.asarray(x), key=Identity(x))


def open_weights(path: Path) -> BinaryIO:
    """Open a file of weights unbuffered, or say why it cannot be read."""
    try:
        return cast(BinaryIO, path.open("rb", buffering=0))
    except OSError as error:
        raise _unreadable(path, error) from error


def read_exactly(file: BinaryIO, piece: np.ndarray, path: Path) -> None:
    """Fill `piece` from the file, or say that the file ended first."""
    view = piece.view(np.uint8).data
    while view:
        try:
            count = file.readinto(view)  # type: ignore[attr-defined]
        except OSError as error:
            raise _unreadable(path, error) from error
        if not count:
            raise WeightFileError(
                f"{path} ended while it was read.", remedy="Do not change the file during conversion."
            )
        view = view[count:]


def _unreadable(path: Path, error: OSError) -> WeightFileError:
    return WeightFileError(
        f"{path} cannot be read: {error.strerror or error}.", remedy="Check that the file is there and may be read."
    )


def _native(piece: np.ndarray) -> np.ndarray:
    if piece.dtype.kind == "b":
        return np.not_equal(piece.view(np.uint8), 0)  # a file may say true by any byte but 0
    native: np.ndarray = piece.astype(piece.dtype.newbyteorder("="), copy=False)
    return native


def _bounds(size: int, itemsize: int, limit: int) -> Iterator[tuple[int, int]]:
    step = max(limit // max(itemsize, 1), 1)
    for start in range(0, size, step):
        yield start, min(start + step, size)


def _pieces(flat: np.ndarray, limit: int) -> Iterator[np.ndarray]:
    for start, stop in _bounds(flat.size, flat.dtype.itemsize, limit):
        yield flat[start:stop]


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _layout(array: np.ndarray) -> tuple[Hashable, ...]:
    return array.dtype.name, array.__array_interface__["data"][0], array.shape, array.strides
