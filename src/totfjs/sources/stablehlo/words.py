"""What the operations that make a value say about it: its largest number, or the one number that it is.

JAX counts random numbers with unsigned numbers of 64 bits; those below 2^32 have upper words of 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

WORD = 1 << 32
# The largest number of elements that an array in a browser has.
_LONGEST = (1 << 31) - 1
_UNBOUNDED = 1 << 128


def bound(value: Any) -> int:
    """The largest number that a value of MLIR can hold, as far as the operations that make it say."""
    operation: Any = getattr(value.owner, "operation", None)
    if operation is None or operation.name not in _RULES:
        return _UNBOUNDED
    return _RULES[operation.name](operation)


def constant_of(value: Any) -> int | None:
    """The one number that a constant holds everywhere, or None."""
    operation: Any = getattr(value.owner, "operation", None)
    if operation is not None and operation.name in _SPREAD:
        return constant_of(operation.operands[0])
    if operation is None or operation.name != "stablehlo.constant":
        return None
    found = np.unique(np.array(operation.attributes["value"]))
    return int(found[0]) if len(found) == 1 and found.dtype.kind in "iu" else None


def is_one(value: Any) -> bool:
    """Whether a value is 1 everywhere."""
    operation: Any = getattr(value.owner, "operation", None)
    if operation is not None and operation.name in _SPREAD:
        return is_one(operation.operands[0])
    if operation is None or operation.name != "stablehlo.constant":
        return False
    return _plain(operation) and str(operation.attributes["value"]).startswith("dense<1.000000e+00>")


def _plain(operation: Any) -> bool:
    """Whether the bindings give the value of a constant."""
    return not str(operation.results[0].type.element_type).startswith("complex")


def _constant(operation: Any) -> int:
    found = np.array(operation.attributes["value"])
    return int(found.max()) if found.size and found.min() >= 0 else _UNBOUNDED


def _iota(operation: Any) -> int:
    kind, axis = operation.results[0].type, int(operation.attributes["iota_dimension"].value)
    return _LONGEST if kind.is_dynamic_dim(axis) else int(kind.get_dim_size(axis))


def _convert(operation: Any) -> int:
    element = str(operation.operands[0].type.element_type)
    if element.startswith("ui") and element != "ui64":
        return min(bound(operation.operands[0]), (1 << int(element[2:])) - 1)
    return bound(operation.operands[0])


def _same(operation: Any) -> int:
    return bound(operation.operands[0])


_SPREAD = ("stablehlo.broadcast_in_dim", "stablehlo.dynamic_broadcast_in_dim", "stablehlo.reshape")
_RULES: dict[str, Callable[[Any], int]] = {
    "stablehlo.constant": _constant,
    "stablehlo.iota": _iota,
    "stablehlo.dynamic_iota": _iota,
    "stablehlo.convert": _convert,
    "stablehlo.add": lambda operation: bound(operation.operands[0]) + bound(operation.operands[1]),
    "stablehlo.multiply": lambda operation: bound(operation.operands[0]) * bound(operation.operands[1]),
    "stablehlo.shift_right_logical": _same,
    **dict.fromkeys((*_SPREAD, "stablehlo.dynamic_reshape", "stablehlo.slice"), _same),
}
