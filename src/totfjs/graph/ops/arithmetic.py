"""Sums, products and their kin: two operands that broadcast."""

from __future__ import annotations

import numpy as np

from totfjs.graph.ops.elementwise import binary
from totfjs.graph.ops.spec import REAL

OPS = (
    binary("AddV2", np.add, REAL),
    binary("Mul", np.multiply, REAL),
)
