"""The bits of numbers of one dtype as numbers of another: float32, its halves, and integers of 8 to 32 bits."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import bits, float_bits, half_bits
from totfjs.recipes.integers import wrapped
from totfjs.recipes.shapes import broadcast_to

_HALVES = {"float16": half_bits.FLOAT16, "bfloat16": half_bits.BFLOAT16}
# Integers of fewer bits than int32: how many values they have, and the least of them.
_NARROW = {"uint8": (1 << 8, 0), "int8": (1 << 8, -(1 << 7)), "uint16": (1 << 16, 0), "int16": (1 << 16, -(1 << 15))}
KNOWN = ("float32", "int32", "uint32", *_HALVES, *_NARROW)


def bitcast(x: Tensor, source: str, target: str) -> Tensor:
    """The same bits as another dtype; numbers of another width are along the last axis."""
    if source not in KNOWN or target not in KNOWN:
        raise OpError(f"the bits of {source} as {target} are not supported")
    have, want = _width(source), _width(target)
    x = _to_bits(x, source, signed=have == want)
    if have > want:
        x = bits.split_words(x, want, have // want)
    elif have < want:
        x = bits.join_words(broadcast_to(x, (*x.shape[:-1], want // have)), have)
    return _from_bits(x, target)


def _width(dtype: str) -> int:
    return 16 if dtype in _HALVES else np.dtype(dtype).itemsize * 8


def _to_bits(x: Tensor, source: str, signed: bool) -> Tensor:
    """The bits of a number; of narrow ones without a sign."""
    if source == "float32":
        return float_bits.float_bits(x)
    if source in _HALVES:
        return _HALVES[source].bits(x)
    return wrapped(x, _NARROW[source][0], 0) if source in ("int8", "int16") and not signed else x


def _from_bits(x: Tensor, target: str) -> Tensor:
    if target == "float32":
        return float_bits.float_from_bits(x)
    if target in _HALVES:
        return _HALVES[target].number_of(wrapped(x, 1 << 16, 0))
    return wrapped(x, *_NARROW[target]) if target in _NARROW else x
