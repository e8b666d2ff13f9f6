"""What the regions of reductions, sorts and scatters compute: by their one operation, or by what they answer.

Regions that only compare and choose depend on nothing but the order of their operands: a table of all orders, with
NaN, zeros and infinities among them, says what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.constants import constant
from totfjs.sources.stablehlo.known import UndecidedError
from totfjs.sources.stablehlo.operation import Op
from totfjs.sources.stablehlo.types import numpy_dtype

_MONOIDS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "and": "and",
    "or": "or",
    "xor": "xor",
}
_COMPARING = frozenset(f"stablehlo.{name}" for name in ("compare", "select", "and", "or", "xor", "not"))
_FLOATS = (-np.inf, -2.0, -0.0, 0.0, 1.5, np.inf, np.nan)
# So many rows a table of answers may have.
_MOST_ROWS = 1 << 18


def only(op: Op, block: Any) -> Any | None:
    """The one operation of a region on its two arguments, or None when it does more."""
    operations = [each.operation for each in block.operations]
    if len(operations) != 2 or list(operations[1].operands) != list(operations[0].results):
        return None
    first = operations[0]
    if first.name == "func.call" and list(first.operands) == list(block.arguments):
        return only(op, op.interpreter.program.body(first.attributes["callee"].value))
    return first if set(first.operands) == set(block.arguments) and len(first.operands) == 2 else None


def monoid(op: Op, block: Any) -> str | None:
    """Which sum, product, maximum … a region is, or None."""
    found = only(op, block)
    return None if found is None else _MONOIDS.get(found.name.partition(".")[2])


def order(op: Op, dtypes: Sequence[str], block: Any = None) -> tuple[int, bool, bool]:
    """How the comparator of a sort orders: the number of its keys, whether descending, and whether exactly as JAX does.

    Raises UndecidedError when it is no such order.
    """
    block = op.block() if block is None else block
    used = [index // 2 for index, argument in enumerate(block.arguments) if list(argument.uses)]
    keys = max(used, default=-1) + 1
    if not 0 < keys <= 4:
        raise UndecidedError("its comparator is not an order of its operands")
    samples = [_samples(dtypes[at // 2], few=keys > 2) for at in range(2 * keys)]
    samples += [np.zeros(1, _like(dtypes[at // 2])) for at in range(2 * keys, len(block.arguments))]
    rows = _table(samples)
    (found,) = answers(op, block, rows)
    for descending in (False, True):
        wanted = _before(rows[: 2 * keys], descending)
        plain = ~np.any([_special(row) for row in rows[: 2 * keys]], axis=0)
        if (found == wanted)[plain].all():
            return keys, descending, bool((found == wanted).all())
    raise UndecidedError("its comparator is not an order of its operands")


def extreme(op: Op, dtypes: Sequence[str]) -> str | None:
    """Whether a reduction of values and their places is `argmax` or `argmin`, as JAX has them."""
    values, places = _samples(dtypes[0]), np.arange(3, dtype=_like(dtypes[1]))
    a, i, b, j = _table([values, places, values, places])
    later = i < j if a.dtype.kind not in "iub" else i != j
    a, i, b, j = (x[later] for x in (a, i, b, j))
    try:
        value, place = answers(op, op.block(), [a, i, b, j])
    except UndecidedError:
        return None
    with np.errstate(invalid="ignore"):
        for name, beyond in (("argmax", a > b), ("argmin", a < b)):
            first = beyond | _nan(a)
            earlier = first | ((a == b) & (i < j))
            if _alike(value, np.where(first, a, b)) and (place == np.where(earlier, i, j)).all():
                return name
    return None


def answers(op: Op, block: Any, rows: Sequence[np.ndarray], *, any_function: bool = False) -> list[np.ndarray]:
    """What a region gives for rows of values; raises UndecidedError when it does more than compare and choose."""
    scope: dict[Any, Any] = dict(op.scope)
    return _answers(op, block, rows, scope, any_function)


def _answers(op: Op, block: Any, rows: Sequence[Any], outer: Mapping[Any, Any], any_function: bool) -> list[Any]:
    scope = dict(outer)
    scope.update(zip(block.arguments, rows, strict=True))
    for each in block.operations:
        operation = each.operation
        given = [scope[operand] for operand in operation.operands]
        if operation.name in ("stablehlo.return", "func.return"):
            return given
        scope.update(zip(operation.results, _answer(op, operation, given, scope, any_function), strict=True))
    raise UndecidedError("a region without a result")


def _answer(op: Op, operation: Any, given: list[Any], scope: Mapping[Any, Any], any_function: bool) -> list[Any]:
    inner = Op(operation, op.interpreter, scope)
    if operation.name == "stablehlo.constant":
        return [constant(operation.attributes, inner.types[0], operation.get_asm)]
    if operation.name == "func.call":
        body = op.interpreter.program.body(operation.attributes["callee"].value)
        return _answers(op, body, given, {}, any_function)
    if not all(isinstance(value, np.ndarray) for value in given):
        raise UndecidedError("a region that reads computed values")
    if operation.name not in _COMPARING and not (any_function and operation.name in known.FUNCTIONS):
        raise UndecidedError(operation.name)
    try:
        return [known.compute(inner, given)]
    except ValueError as error:
        raise UndecidedError(str(error)) from error


def _samples(dtype: str, *, few: bool = False) -> np.ndarray:
    kind = _like(dtype)
    if kind.kind == "b":
        return np.array([False, True])
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return np.unique(np.array([limits.min, 0, 1, limits.max], kind))
    if kind.kind == "c":
        raise UndecidedError("complex numbers have no order")
    return np.array((-1.0, 0.0, np.nan) if few else _FLOATS).astype(kind)


def _like(dtype: str) -> np.dtype[Any]:
    return numpy_dtype(dtype)


def _table(samples: Sequence[np.ndarray]) -> list[np.ndarray]:
    """All combinations, a row for each operand."""
    if np.prod([len(each) for each in samples], dtype=float) > _MOST_ROWS:
        raise UndecidedError("it has too many operands")
    places = np.array(list(product(*(range(len(each)) for each in samples))), int).T
    return [each[place] for each, place in zip(samples, places, strict=True)]


def _before(rows: Sequence[np.ndarray], descending: bool) -> Any:
    """Whether even rows come before odd ones: NaN last, zeros equal, later keys where earlier ones are equal."""
    found: Any = np.zeros(rows[0].shape, bool)
    for a, b in reversed(list(zip(rows[::2], rows[1::2], strict=True))):
        if descending:
            a, b = b, a
        with np.errstate(invalid="ignore"):
            less = (a < b) | (~_nan(a) & _nan(b))
            same = (a == b) | (_nan(a) & _nan(b))
        found = less | (same & found)
    return found


def _nan(x: np.ndarray) -> Any:
    return x != x


def _special(x: np.ndarray) -> Any:
    """NaN and negative zeros."""
    return _nan(x) | ((x == 0) & np.signbit(x)) if x.dtype.kind not in "iub" else np.zeros(x.shape, bool)


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(((a == b) | (_nan(a) & _nan(b))).all())
