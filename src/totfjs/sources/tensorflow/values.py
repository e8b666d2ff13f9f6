"""What flows along the edges of a program while it is lowered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex
from totfjs.weights.array import Array


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable whose value was saved: reading it gives a constant.

    One that is `assigned` when the model is asked has no one value.
    """

    name: str
    dtype: str
    array: Array
    assigned: bool = False


class Handle:
    """A resource or variant other than a variable (a hash table, a list of tensors): known while lowering."""


class Broken:
    """The result of a node that was refused: what uses it fails too, and is no problem of its own."""

    def __repr__(self) -> str:
        return "BROKEN"


BROKEN = Broken()

Operand: TypeAlias = "np.ndarray | Tensor | Complex | Variable | Handle | Broken"
"""Arrays are values that are known now, in TensorFlow's own dtype; strings are arrays of bytes objects."""
