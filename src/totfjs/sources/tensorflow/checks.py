"""What is refused whatever the rule of a node: dtypes that it was not made for, shapes that contradict the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.recipes.integers import INT32_MAX
from totfjs.sources.tensorflow.dtypes import OTHER_INTEGERS
from totfjs.sources.tensorflow.ops.op import Op
from totfjs.sources.tensorflow.program import Node
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Operand


def check_range(array: np.ndarray) -> None:
    """Refuses whole numbers that are not in TensorFlow.js where they are used, not when they are written."""
    if array.dtype.kind in "iu" and array.dtype != np.uint32:
        beyond = (array > INT32_MAX) | (array < -INT32_MAX - 1)
        if beyond.any():
            raise OpError(f"it takes {array[beyond].flat[0]}: int32 holds -2147483648 to 2147483647")


def check_dtypes(node: Node, row: Op, operands: Sequence[Operand]) -> None:
    """Refuses dtypes that a rule does not know to be right for."""
    if not row.complex and any(isinstance(operand, Complex) for operand in operands):
        raise OpError("totfjs has no lowering for this op of complex numbers")
    if row.integers:
        return
    kinds = {value for value in map(node.attrs.get, _TYPE_ATTRS) if isinstance(value, str)}
    for kind in sorted(kinds & set(OTHER_INTEGERS)):
        raise OpError(f"totfjs has no lowering for this op of {kind}")


_TYPE_ATTRS = ("T", "dtype", "Tparams", "SrcT", "DstT", "out_type", "output_type", "Tout")


def check_shapes(node: Node, results: Sequence[Operand]) -> None:
    """A rule that gives another shape than TensorFlow has noted is a defect: better to refuse than to go on."""
    noted = node.attrs.get("_output_shapes", ())
    for index, (wanted, found) in enumerate(zip(noted, results, strict=False)):
        if wanted is None or not isinstance(found, np.ndarray | Tensor | Complex):
            continue
        shape = shape_of(found)
        sizes = zip(shape, wanted, strict=False)
        differ = any(isinstance(a, int) and isinstance(b, int) and b >= 0 and a != b for a, b in sizes)
        if len(shape) != len(wanted) or differ:
            raise OpError(f"output {index} came out as {list(shape)} where TensorFlow has {list(wanted)}")
