"""The bits of integers."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import bits, integers
from totfjs.recipes.bitcast import bitcast
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.sources.tensorflow.dtypes import NARROW
from totfjs.sources.tensorflow.ops.kinds import by_kind
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _width(dtype: str) -> int:
    return np.dtype(dtype).itemsize * 8


def _count(use: Use) -> Tensor:
    """A count of bits, brought between 0 and one less than the type has, as TensorFlow does."""
    count, most = use.tensor(1), _width(use.text("T")) - 1
    known = use.known(1)
    if known is not None:
        return use.const(np.clip(known.astype(np.int64), 0, most).astype(np.int32))
    return elementwise("Minimum", elementwise("Maximum", count, count.builder.like(count, 0)), use.const(most, "int32"))


def _left(use: Use) -> Operand:
    dtype = use.text("T")
    found = bits.shift_left(use.tensor(0), _count(use))
    return integers.wrapped(found, *NARROW[dtype]) if dtype in NARROW else found


def _right(use: Use) -> Operand:
    shift = bits.shift_right_logical if use.text("T") == "uint32" else bits.shift_right_arithmetic
    return shift(use.tensor(0), _count(use))


def _ones(use: Use) -> Operand:
    """How many bits are 1; an int64 below 0 has 32 more than the int32 that stands for it."""
    x, dtype = use.tensor(0), use.text("T")
    if dtype in ("int8", "int16"):
        x = integers.wrapped(x, NARROW[dtype][0], 0)
    found = bits.population_count(x)
    if dtype != "int64":
        return found
    return elementwise("AddV2", found, integers.number(integers.negative(x)) * 32)


def _same_bits(use: Use) -> Operand:
    source, target = use.text("T"), use.text("type")
    if source == target:
        return use.operands[0]
    if isinstance(use.operands[0], Complex) or target.startswith("complex"):
        raise OpError(f"the bits of {source} as {target} are not supported")
    return bitcast(use.tensor(0), source, target)


def _of_integers(recipe: object) -> Op:
    return by_kind(signed=recipe, unsigned=recipe)  # type: ignore[arg-type]


OPS: dict[str, Row] = {
    "BitwiseAnd": _of_integers(bits.bitwise_and),
    "BitwiseOr": _of_integers(bits.bitwise_or),
    "BitwiseXor": _of_integers(bits.bitwise_xor),
    "Invert": _of_integers(integers.inverted),
    "LeftShift": Op(_left, integers=True),
    "RightShift": Op(_right, integers=True),
    "PopulationCount": Op(_ones, integers=True),
    "Bitcast": Op(_same_bits, integers=True),
}
