"""Changes of dtype."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import bitcast as recipes
from totfjs.recipes import float_bits, half_bits, unsigned
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import from_float, wrapped
from totfjs.sources.jax.dtypes import GRAPH, NARROW
from totfjs.sources.jax.equation import Equation, Rule


def convert(eqn: Equation, x: Tensor) -> Tensor:
    """Between bool, integers and floating point. Halves are float32 all along."""
    source, target = eqn.inputs[0].dtype, eqn.output
    if target.dtype == "bool":
        return x if x.dtype is DType.BOOL else elementwise("NotEqual", x, x.builder.like(x, 0))
    if x.dtype is target.graph_dtype is DType.INT32:
        return _between_integers(x, source, target.dtype)
    if x.dtype is target.graph_dtype:
        return x
    if x.dtype is DType.FLOAT32 and target.graph_dtype is DType.INT32:
        return _truncated(x, target.dtype)
    if source == "uint32":
        x = unsigned.to_float(x)
        return x if x.dtype is target.graph_dtype else elementwise("Cast", x, DstT=target.graph_dtype)
    return elementwise("Cast", x, DstT=target.graph_dtype)


def _truncated(x: Tensor, target: str) -> Tensor:
    if target == "uint32":
        return unsigned.from_float(x)
    limits = np.iinfo(target)
    return from_float(x, int(limits.min), int(limits.max))


def _between_integers(x: Tensor, source: str, target: str) -> Tensor:
    fits = target not in NARROW or (source in NARROW and _holds(target, source))
    return x if fits else wrapped(x, *NARROW[target])


def _holds(target: str, source: str) -> bool:
    wide, narrow = np.iinfo(target), np.iinfo(source)
    return bool(wide.min <= narrow.min and narrow.max <= wide.max)


def reduce_precision(eqn: Equation, x: Tensor) -> Tensor:
    """The nearest number of fewer bits. Halves are float32: to their own precision nothing is taken away."""
    wanted = int(eqn.params["exponent_bits"]), int(eqn.params["mantissa_bits"])
    have = _PRECISION.get(eqn.inputs[0].dtype, (8, 23))
    if all(want >= bits for want, bits in zip(wanted, have, strict=True)):
        return x
    if wanted[0] > 8 or wanted[1] > 23:
        wanted = min(wanted[0], 8), min(wanted[1], 23)
    return float_bits.reduce_precision(x, *wanted)


def bitcast(eqn: Equation, x: Tensor) -> Tensor:
    """The same bits as another dtype; numbers of another width are along the last axis."""
    source, target = eqn.inputs[0].dtype, eqn.output.dtype
    if source == target:
        return x
    if x.dtype is DType.BOOL or target == "bool" or not {source, target} <= set(GRAPH) - {"complex64"}:
        raise OpError(f"the bits of {source} as {target} are not supported")
    return recipes.bitcast(x, source, target)


def next_after(eqn: Equation, x: Tensor, y: Tensor) -> Tensor:
    """The next number of the same dtype on the way to another."""
    half = _HALVES.get(eqn.output.dtype)
    return half.next_after(x, y) if half else float_bits.next_after(x, y)


_HALVES = {"float16": half_bits.FLOAT16, "bfloat16": half_bits.BFLOAT16}
# Exponent and mantissa bits.
_PRECISION = {"float16": (5, 10), "bfloat16": (8, 7)}
RULES: dict[str, Rule] = {
    "convert_element_type": convert,
    "reduce_precision": reduce_precision,
    "bitcast_convert_type": bitcast,
    "nextafter": next_after,
}
