"""Changes of dtype."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import unsigned
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import from_float, wrapped
from totfjs.sources.jax.dtypes import NARROW
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
    """Less precision than float32 is not taken away: the result is more exact."""
    if eqn.inputs[0].dtype == "float32" and (eqn.params["exponent_bits"], eqn.params["mantissa_bits"]) != (8, 23):
        raise OpError("rounding to fewer bits is not in TensorFlow.js")
    return x


RULES: dict[str, Rule] = {
    "convert_element_type": convert,
    "reduce_precision": reduce_precision,
}
