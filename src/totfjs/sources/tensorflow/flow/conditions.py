"""Conditions of loops and branches, which TensorFlow lets be numbers."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.sources.tensorflow.lowering import Lowering
from totfjs.sources.tensorflow.values import Operand


def truth(lowering: Lowering, found: Operand) -> Operand:
    """A condition as a bool: numbers are true when they are not zero."""
    if isinstance(found, np.ndarray):
        if found.ndim:
            return np.array(found.size > 0)
        return np.array(bool(found.reshape(())[()]))
    tensor = lowering.tensor(found)
    if not isinstance(tensor, Tensor) or tensor.rank:
        raise OpError("the condition is no scalar")
    if tensor.dtype is DType.BOOL:
        return tensor
    return lowering.builder.op("NotEqual", tensor, 0)
