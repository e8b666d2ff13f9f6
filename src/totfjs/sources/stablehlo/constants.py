"""Constants of a module as arrays. What the bindings of MLIR give no buffer of is read from its text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo.types import Type, numpy_dtype

_TEXT = re.compile(r"dense<(.*)> : tensor<", re.DOTALL)
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]+|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|true|false")


def constant(attributes: Any, kind: Type, text: Any) -> np.ndarray:
    """The array of a constant; `text` gives the operation as text."""
    shape = tuple(size for size in kind.shape if size is not None)
    found = _from_buffer(attributes, kind)
    if found is None:
        found = _from_text(text(), kind.declared, shape)
    return narrowed(np.broadcast_to(found, shape), kind)


def narrowed(array: np.ndarray, kind: Type) -> np.ndarray:
    """An array in 32 bits; raises OpError when it holds integers which need more."""
    wanted = numpy_dtype(kind.dtype)
    if array.dtype.kind in "iu" and array.dtype.itemsize > wanted.itemsize and array.size:
        limits = np.iinfo(wanted)
        if array.min() < limits.min or array.max() > limits.max:
            raise OpError(f"a constant of {kind} holds integers of more than 32 bits")
    return array if array.dtype == wanted else array.astype(wanted)


def _from_buffer(attributes: Any, kind: Type) -> np.ndarray | None:
    if numpy_dtype(kind.declared).kind == "c":  # JAX 0.6 ends the process when its bindings are asked for these
        return None
    try:
        return np.array(attributes["value"], copy=None)
    except (TypeError, ValueError):
        return None


def _from_text(text: str, declared: str, shape: tuple[int, ...]) -> np.ndarray:
    match = _TEXT.search(text)
    if match is None:
        raise OpError("this form of constant is not supported")
    dtype, body = numpy_dtype(declared), match[1]
    if body.startswith('"'):
        found = np.frombuffer(bytes.fromhex(body.strip('"').removeprefix("0x")), dtype.newbyteorder("<")).astype(dtype)
    else:
        parts = dtype if dtype.kind != "c" else np.dtype(f"float{dtype.itemsize * 4}")
        found = np.array([_number(word, parts) for word in _NUMBER.findall(body)], parts).view(dtype)
    return found.reshape(shape) if found.size == np.prod(shape, dtype=int) else found.reshape((1,) * len(shape))


def _number(word: str, dtype: np.dtype[Any]) -> Any:
    """A number, or its bits in hexadecimal digits."""
    if not word.lower().startswith("0x"):
        return np.asarray(float(word)).astype(dtype)
    return np.array(int(word, 16), f"<u{dtype.itemsize}").view(dtype)
