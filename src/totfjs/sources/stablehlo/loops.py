"""Loops. One that counts to a known number and reads or fills rows by its count becomes JAX's `scan` again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import lax

from totfjs.sources.jax._compat import is_literal, place_of, scope_of
from totfjs.sources.stablehlo import _compat, known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Value
from totfjs.sources.stablehlo.places import at_line


def while_loop(op: Op, start: Sequence[Value]) -> list[Value]:
    """The state after a loop. What no turn changes is no state: it is read from outside."""
    body = op.block(1)
    last = list(body.operations)[-1].operation
    moving = [last.operands[index] != argument for index, argument in enumerate(body.arguments)]
    parts = _Loop(op, list(start), moving)
    counted = _counter(parts)
    found = None if counted is None else _scanned(parts, counted)
    if found is None:
        found = list(lax.while_loop(parts.going, parts.turn, parts.state))
    results = iter(found)
    return [next(results) if moves else value for value, moves in zip(start, moving, strict=True)]


@dataclass(frozen=True)
class _Loop:
    """A loop over those values that its turns change."""

    op: Op
    start: list[Value]
    moving: list[bool]

    @property
    def state(self) -> list[Value]:
        """What the loop starts with."""
        return [array(value) for value, moves in zip(self.start, self.moving, strict=True) if moves]

    @property
    def structs(self) -> list[Any]:
        """The types of the state."""
        return [jax.ShapeDtypeStruct(np.shape(value), value.dtype) for value in self.state]

    def all_of(self, state: Sequence[Value]) -> list[Value]:
        """The state with what does not change."""
        values = iter(state)
        return [next(values) if moves else value for value, moves in zip(self.start, self.moving, strict=True)]

    def going(self, state: Sequence[Value]) -> Value:
        """Whether there is another turn."""
        return array(self.op.region(0)(*self.all_of(state))[0])

    def turn(self, state: Sequence[Value]) -> list[Value]:
        """The state after a turn."""
        results = self.op.region(1)(*self.all_of(state))
        return [array(value) for value, moves in zip(results, self.moving, strict=True) if moves]


@dataclass(frozen=True)
class _Counter:
    """The place of a count in the state, where it begins, and how many turns there are."""

    index: int
    first: int
    turns: Any


def _counter(parts: _Loop) -> _Counter | None:
    """The count of a loop that goes on for as long as it is less than a known number, and counts by one."""
    condition, body = parts.op.block(0), parts.op.block(1)
    last = list(condition.operations)[-1].operation.operands[0]
    compared = getattr(last.owner, "operation", None)
    if compared is None or compared.name != "stablehlo.compare":
        return None
    place = next((at for at, each in enumerate(condition.arguments) if compared.operands[0] == each), None)
    if place is None or Op(compared, parts.op.interpreter, {}).text("comparison_direction") != "LT":
        return None
    step = list(body.operations)[-1].operation.operands[place]
    if not parts.moving[place] or not _adds_one(step, body.arguments[place], parts.op.scope):
        return None
    first, bound = parts.start[place], _bound(parts, compared.operands[1])
    if not (known.is_known(first) and first.dtype.kind in "iu" and first.ndim == 0 and bound is not None):
        return None
    turns = bound - int(first)
    return _Counter(sum(parts.moving[:place]), int(first), max(turns, 0) if isinstance(turns, int) else turns)


def _adds_one(step: Any, count: Any, scope: Mapping[Any, Value]) -> bool:
    owner = getattr(step.owner, "operation", None)
    if owner is None or owner.name != "stablehlo.add" or count not in list(owner.operands):
        return False
    other = owner.operands[1] if owner.operands[0] == count else owner.operands[0]
    made = getattr(other.owner, "operation", None)
    value = scope.get(other)
    if value is None and made is not None and made.name == "stablehlo.constant":
        value = np.array(made.attributes["value"])
    return isinstance(value, np.ndarray) and value.dtype != object and value.ndim == 0 and value == 1


def _bound(parts: _Loop, value: Any) -> Any | None:
    """The number that the condition compares with, when it is known."""
    found: list[Any] = []

    def look(*state: Value) -> Value:
        operands = parts.all_of(state)
        results, scope = parts.op.interpreter.traced(parts.op.block(0), operands, parts.op.scope)
        found.append(scope.get(value))
        return array(results[0])

    jax.make_jaxpr(look)(*parts.structs)
    return known.sizes(found[0])[0] if known.is_known(found[0]) and found[0].ndim == 0 else None


# --- scans ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rows:
    """What a body reads and fills row by row: equations that read, with whether from the end; and by the place in the
    state the equations that write."""

    reads: Mapping[int, bool]
    writes: Mapping[int, Any]


def _scanned(parts: _Loop, counter: _Counter) -> list[Value] | None:
    """The state after a loop of known length, as a scan; None when it neither reads nor fills rows."""
    closed = jax.make_jaxpr(lambda *state: parts.turn(state))(*parts.structs)
    rows = _rows(closed.jaxpr, counter)
    backwards = {*rows.reads.values(), *(backwards for backwards, _ in rows.writes.values())}
    if len(backwards) > 1 or (not rows.reads and not rows.writes and not isinstance(counter.turns, int)):
        return None
    reverse = backwards == {True}
    reads = [equation for equation in closed.jaxpr.eqns if id(equation) in rows.reads]
    constants = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    carried = [at for at in range(len(parts.state)) if at not in rows.writes]

    def body(state: Any, given: Sequence[Value]) -> Any:
        values = dict(constants)
        values.update(zip((closed.jaxpr.invars[at] for at in carried), state, strict=True))
        for equation, row in zip(reads, given, strict=True):
            values[equation.outvars[0]] = lax.reshape(row, (1, *row.shape))
        _run(closed.jaxpr, values, {*rows.reads, *(id(equation) for _, equation in rows.writes.values())})
        made = [_read(values, equation.invars[1]) for _, equation in rows.writes.values()]
        after = [_read(values, closed.jaxpr.outvars[at]) for at in carried]
        return after, [lax.reshape(row, row.shape[1:]) for row in made]

    given = [constants[equation.invars[0]] for equation in reads]
    start = [parts.state[at] for at in carried]
    if isinstance(counter.turns, int):
        state, filled = lax.scan(body, start, given, length=counter.turns, reverse=reverse)
    else:  # a length that is a symbol is that of rows
        counted = lax.iota(np.int32, counter.turns)
        state, filled = lax.scan(lambda state, rows: body(state, rows[1]), start, (counted, given), reverse=reverse)
    found = dict(zip(carried, state, strict=True)) | dict(zip(rows.writes, filled, strict=True))
    return [found[at] for at in range(len(parts.state))]


def _rows(jaxpr: Any, counter: _Counter) -> _Rows:
    uses: dict[Any, int] = {}
    for atom in (*(atom for equation in jaxpr.eqns for atom in equation.invars), *jaxpr.outvars):
        if not is_literal(atom):
            uses[atom] = uses.get(atom, 0) + 1
    places = _places(jaxpr, counter)

    def direction(index: Any, shape: Sequence[Any]) -> bool | None:
        """Whether an index goes over all rows from the end; None when it does not go over all of them."""
        if is_literal(index) or index not in places or not _same(shape[0], counter.turns):
            return None
        slope, offset = places[index]
        if slope == 1 and _same(offset, -counter.first):
            return False
        return True if slope == -1 and _same(offset, counter.turns - 1 + counter.first) else None

    reads, writes = {}, {}
    for equation in jaxpr.eqns:
        name, operands = equation.primitive.name, equation.invars
        if name == "dynamic_slice" and operands[0] in jaxpr.constvars:
            shape = operands[0].aval.shape
            if tuple(equation.params["slice_sizes"]) == (1, *shape[1:]) and _zeros(operands[2:]):
                found = direction(operands[1], shape)
                if found is not None:
                    reads[id(equation)] = found
        if name == "dynamic_update_slice" and not is_literal(operands[0]) and operands[0] in jaxpr.invars:
            at, shape = jaxpr.invars.index(operands[0]), operands[0].aval.shape
            whole = tuple(operands[1].aval.shape) == (1, *shape[1:]) and _zeros(operands[3:])
            alone = jaxpr.outvars[at] is equation.outvars[0] and uses[operands[0]] == uses[equation.outvars[0]] == 1
            found = direction(operands[2], shape) if whole and alone else None
            if found is not None:
                writes[at] = (found, equation)
    return _Rows(reads, writes)


def _places(jaxpr: Any, counter: _Counter) -> dict[Any, tuple[int, Any]]:
    """The variables that are a multiple of the count and a number: as the two."""
    found: dict[Any, tuple[int, Any]] = {jaxpr.invars[counter.index]: (1, 0)}

    def of(atom: Any) -> tuple[int, Any] | None:
        if is_literal(atom):
            return (0, int(atom.val)) if np.ndim(atom.val) == 0 and np.asarray(atom.val).dtype.kind in "iu" else None
        return found.get(atom)

    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if name == "dim_as_value":
            found[equation.outvars[0]] = (0, equation.params["dim"])
        alone = set(equation.outvars[0].aval.shape) <= {1}
        if name in ("reshape", "squeeze") and alone and (moved := of(equation.invars[0])) is not None:
            found[equation.outvars[0]] = moved
        if name == "clamp" and not equation.outvars[0].aval.shape:
            low, inner, high = map(of, equation.invars)
            if inner is not None and low == (0, 0) and high is not None and _within(inner, high, counter):
                found[equation.outvars[0]] = inner
        if name not in ("add", "sub") or equation.outvars[0].aval.shape:
            continue
        a, b = map(of, equation.invars)
        if a is not None and b is not None:
            sign = 1 if name == "add" else -1
            found[equation.outvars[0]] = (a[0] + sign * b[0], a[1] + sign * b[1])
    return found


def _within(place: tuple[int, Any], high: tuple[int, Any], counter: _Counter) -> bool:
    """Whether a place goes over all numbers from 0 to a bound."""
    slope, offset = place
    ends = (offset + counter.first, offset + counter.first + slope * (counter.turns - 1))
    low, top = ends if slope == 1 else ends[::-1]
    return slope in (1, -1) and high[0] == 0 and _same(low, 0) and _same(high[1], top)


def _zeros(atoms: Sequence[Any]) -> bool:
    return all(is_literal(atom) and atom.val == 0 for atom in atoms)


def _same(a: Any, b: Any) -> bool:
    difference = a - b
    return isinstance(difference, int | np.integer) and difference == 0


def _run(jaxpr: Any, values: dict[Any, Value], left_out: set[int]) -> None:
    """Runs the equations of a jaxpr but some."""
    for equation in jaxpr.eqns:
        if id(equation) not in left_out:
            values.update(zip(equation.outvars, _again(equation, values), strict=True))


def _again(equation: Any, values: Mapping[Any, Value]) -> Sequence[Value]:
    """The results of an equation on other values, at its own place."""
    operands = [_read(values, atom) for atom in equation.invars]
    scope = scope_of(equation)
    with jax.named_scope(scope) if scope else nullcontext():
        return at_line(place_of(equation), lambda: _compat.run_equation(equation, operands))


def _read(values: Mapping[Any, Value], atom: Any) -> Value:
    return np.asarray(atom.val, atom.aval.dtype) if is_literal(atom) else values[atom]
