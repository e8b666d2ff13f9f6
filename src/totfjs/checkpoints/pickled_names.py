"""The names that a pickle of arrays uses, and what each makes: plain data. A name that is not here is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from totfjs.checkpoints.checkpoint import damaged
from totfjs.weights.array import Array, Deferred, Dense, FileSlice


class UnknownError(Exception):
    """A pickle holds something that is neither a container nor an array."""


@dataclass(frozen=True)
class Bytes:
    """Bytes of a pickle: in memory when they are few, else where they lie in the file."""

    content: bytes | FileSlice

    @property
    def size(self) -> int:
        """How many there are."""
        return self.content.size if isinstance(self.content, FileSlice) else len(self.content)


@dataclass(frozen=True)
class Name:
    """What stands for a function or a class in a pickle; `make` gives the data that calling it would give."""

    make: Callable[..., Any]


class Blank:
    """An array or a dtype whose state follows."""

    def fill(self, state: Any) -> None:
        """Takes the state."""
        raise NotImplementedError

    def array(self, path: Path) -> Array | None:
        """The array that it is; None for what is none."""
        return None


class BlankDtype(Blank):
    """A dtype: its name, then the order of its bytes."""

    def __init__(self, name: Any, *_: Any) -> None:
        self.dtype = _dtype(name)

    def fill(self, state: Any) -> None:
        """The second part of the state says how bytes are ordered; the others are those of records."""
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class BlankArray(Blank):
    """An array: dtype, shape, order and bytes."""

    def __init__(self, dtype: np.dtype[Any] | None = None, shape: Any = (), fortran: bool = False, data: Any = None):
        self.dtype, self.shape, self.fortran, self.data = dtype, shape, fortran, data

    def fill(self, state: Any) -> None:
        """`(version, shape, dtype, fortran, bytes)`, of which the version may be left out."""
        shape, dtype, fortran, data = state[-4:]
        if not isinstance(dtype, BlankDtype) or not isinstance(data, Bytes):
            raise UnknownError("an array of Python objects")
        self.dtype, self.shape, self.fortran, self.data = dtype.dtype, shape, bool(fortran), data

    def array(self, path: Path) -> Array | None:
        """The values, in the file or in memory."""
        dtype, shape = self.dtype, self.shape
        if dtype is None or not isinstance(self.data, Bytes) or not isinstance(shape, tuple):
            raise damaged(path, "an array in it has no content")
        if not all(type(size) is int and size >= 0 for size in shape):
            raise damaged(path, f"an array in it has the shape {shape!r}")
        if math.prod(shape) * dtype.itemsize != self.data.size:
            raise damaged(path, f"an array in it declares {dtype}{list(shape)} but holds {self.data.size} bytes")
        stored = shape[::-1] if self.fortran else shape
        content = self.data.content
        found: Array = (
            FileSlice(path, content.offset, dtype, stored)
            if isinstance(content, FileSlice)
            else Dense(np.frombuffer(content, dtype).reshape(stored))
        )
        return Deferred(found.dtype, shape, lambda: found.numpy().T, key=found.key) if self.fortran else found


def _dtype(name: Any) -> np.dtype[Any]:
    if isinstance(name, np.dtype):
        return name
    found = np.dtype(str(name))
    if found.kind not in "biufc":
        raise UnknownError(f"values of dtype {found}")
    return found


def _scalar(dtype: BlankDtype, data: Bytes) -> BlankArray:
    return BlankArray(dtype.dtype, (), False, data)


def _from_buffer(data: Bytes, dtype: BlankDtype, shape: Any, order: str) -> BlankArray:
    return BlankArray(dtype.dtype, shape, order == "F", data)


def _of_jax(make: Any, arguments: Any, state: Any, *_: Any) -> BlankArray:
    if not isinstance(make, Name) or make.make is not _blank:
        raise UnknownError("an array of an unknown kind")
    array = BlankArray()
    array.fill(state)
    return array


def _blank(*_: Any) -> BlankArray:
    return BlankArray()


def _encoded(text: str, encoding: str = "latin1") -> Bytes:
    if encoding != "latin1":
        raise UnknownError(f"bytes encoded as {encoding}")
    return Bytes(text.encode("latin1"))


def _mapping(content: Any = None) -> dict[Any, Any]:
    if content is None:
        return {}
    if not isinstance(content, dict | list):
        raise UnknownError("a mapping of an unknown kind")
    return dict(content)


def _uncallable(*_: Any) -> Any:
    raise UnknownError("a class, to be called")


_MULTIARRAY = ("numpy._core.multiarray", "numpy.core.multiarray")
_NUMERIC = ("numpy._core.numeric", "numpy.core.numeric")
_MAPPINGS = (
    ("collections", "OrderedDict"),
    ("builtins", "dict"),
    ("flax.core.frozen_dict", "FrozenDict"),
    ("haiku._src.data_structures", "FlatMapping"),
    ("haiku._src.data_structures", "FlatMap"),
)
NAMES: MappingProxyType[tuple[str, str], Name] = MappingProxyType(
    {
        **{(module, "_reconstruct"): Name(_blank) for module in _MULTIARRAY},
        **{(module, "scalar"): Name(_scalar) for module in _MULTIARRAY},
        **{(module, "_frombuffer"): Name(_from_buffer) for module in _NUMERIC},
        ("numpy", "ndarray"): Name(_uncallable),
        ("numpy", "dtype"): Name(BlankDtype),
        ("_codecs", "encode"): Name(_encoded),
        ("__builtin__", "bytes"): Name(lambda: Bytes(b"")),
        ("jax._src.array", "_reconstruct_array"): Name(_of_jax),
        **dict.fromkeys(_MAPPINGS, Name(_mapping)),
    }
)


def known(module: str, name: str) -> Name | np.dtype[Any]:
    """What a name of a pickle stands for here; raises UnknownError with the name when it is not known."""
    if module == "ml_dtypes" and name.startswith(("bfloat16", "float8_")):
        import ml_dtypes

        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return dtype
    if (module, name) not in NAMES:
        raise UnknownError(f"{module}.{name}")
    return NAMES[module, name]
