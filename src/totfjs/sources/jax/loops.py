"""Scans and while loops: unrolled where the number of turns is known and few nodes come of it, else loops of frames.

| loop | becomes | because |
|---|---|---|
| turns known, at most `MOST_NODES` nodes | its turns, one after another | it stays synchronous; 2 to 10 times faster |
| any other | a loop of frames | a turn of a function loop costs time for every weight, of frames not |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.recipes.elementwise import select
from totfjs.recipes.frames import loop, together
from totfjs.recipes.rows import collect, collected, places, put, row, rows, stack
from totfjs.recipes.shapes import dim_value, expand, reshape
from totfjs.sources.jax.equation import Aval, aval_of, size_of

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering
    from totfjs.sources.jax.operands import Operand

# What a loop may grow to when it is unrolled.
MOST_NODES = 20_000


@dataclass(frozen=True)
class Scan:
    """The parts of a scan."""

    body: Any
    consts: list[Operand]
    start: list[Operand]
    given: list[Operand]
    given_avals: list[Aval]
    row_avals: list[Aval]
    carry_avals: list[Aval]
    length: Size
    reverse: bool

    @classmethod
    def of(cls, equation: Any, operands: Sequence[Operand]) -> Scan:
        """The parts of an equation."""
        params = equation.params
        if "num_consts" not in params:
            raise OpError("this JAX is newer than 0.10 and writes scans in another way: install jax<0.11")
        first, end = params["num_consts"], params["num_consts"] + params["num_carry"]
        avals = [aval_of(atom.aval) for atom in equation.invars]
        outputs = [aval_of(variable.aval) for variable in params["jaxpr"].jaxpr.outvars]
        return cls(
            params["jaxpr"],
            list(operands[:first]),
            list(operands[first:end]),
            list(operands[end:]),
            avals[end:],
            outputs[params["num_carry"] :],
            avals[first:end],
            size_of(params["length"]),
            params["reverse"],
        )


def scan(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """A loop over rows that carries a state and collects rows."""
    parts = Scan.of(equation, operands)
    results = _unrolled_scan(lowering, parts, scope) if isinstance(parts.length, int) else None
    return _looped_scan(lowering, parts, operands, scope) if results is None else results


def while_(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """A loop that goes on for as long as a condition on its state holds; a batch of loops for as long as one does."""
    params = equation.params
    first, start = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    parts = While(
        params["cond_jaxpr"], params["body_jaxpr"],
        list(operands[:first]), list(operands[first:start]), list(operands[start:]),
        [aval_of(atom.aval) for atom in equation.invars[start:]],
    )  # fmt: skip
    results = _unrolled_while(lowering, parts, scope)
    return _looped_while(lowering, parts, operands, scope) if results is None else results


@dataclass(frozen=True)
class While:
    """The parts of a while loop."""

    condition: Any
    body: Any
    condition_consts: list[Operand]
    body_consts: list[Operand]
    start: list[Operand]
    avals: list[Aval]

    @property
    def condition_aval(self) -> Aval:
        """The type of the condition: one for each loop of a batch."""
        return aval_of(self.condition.jaxpr.outvars[0].aval)

    def going(self, lowering: Lowering, state: Sequence[Operand], scope: str) -> Operand:
        """Whether there is another turn."""
        operands = [*self.condition_consts, *state]
        return lowering.block(self.condition.jaxpr, self.condition.consts, operands, scope)[0]

    def turn(self, lowering: Lowering, state: Sequence[Operand], scope: str) -> list[Operand]:
        """The state after a turn."""
        return lowering.block(self.body.jaxpr, self.body.consts, [*self.body_consts, *state], scope)


# --- unrolled -------------------------------------------------------------------------------------------------------


def _unrolled_scan(lowering: Lowering, parts: Scan, scope: str) -> list[Operand] | None:
    """The turns one after another; None when they are too many."""
    length = parts.length
    assert isinstance(length, int)
    before, problems = 0, len(lowering.problems)
    if length > MOST_NODES:
        return None
    given = [_pieces(lowering, value, aval) for value, aval in zip(parts.given, parts.given_avals, strict=True)]
    state, found = parts.start, []
    for count, turn in enumerate(reversed(range(length)) if parts.reverse else range(length), 1):
        operands = [*parts.consts, *state, *(pieces[turn] for pieces in given)]
        results = lowering.block(parts.body.jaxpr, parts.body.consts, operands, scope)
        state = results[: len(state)]
        found.append(results[len(state) :])
        if count == 1:  # what the first turn adds for all of them is not counted
            before = len(lowering.builder.nodes)
        elif (len(lowering.builder.nodes) - before) * length > MOST_NODES * (count - 1):
            return None
        if len(lowering.problems) > problems:
            found *= length
            break
    ordered = found[::-1] if parts.reverse else found
    collected_rows: list[Operand] = [
        _stacked(lowering, [turn[at] for turn in ordered], aval) for at, aval in enumerate(parts.row_avals)
    ]
    return [*state, *collected_rows]


def _unrolled_while(lowering: Lowering, parts: While, scope: str) -> list[Operand] | None:
    """The turns one after another, if the condition is known at each; None when it is not, or they are too many."""
    before, problems, state = len(lowering.builder.nodes), len(lowering.problems), parts.start
    for _ in range(MOST_NODES):
        going = parts.going(lowering, state, scope)
        if isinstance(going, Tensor) or len(lowering.builder.nodes) - before > MOST_NODES:
            return None
        if np.any(going) != np.all(going):
            return None
        if not np.any(going) or len(lowering.problems) > problems:
            return state
        state = parts.turn(lowering, state, scope)
    return None


def _pieces(lowering: Lowering, value: Operand, aval: Aval) -> Any:
    """The rows of a value, which may have one that stands for all."""
    length = aval.shape[0]
    assert isinstance(length, int)
    if not isinstance(value, Tensor):
        return [value[min(turn, value.shape[0] - 1), ...] for turn in range(length)]
    if length == 0:
        return []
    if value.shape[0] == 1:
        return [reshape(value, value.shape[1:])] * length
    found = rows(value)
    lowering.derive(value, found)
    return found


def _stacked(lowering: Lowering, parts: list[Operand], aval: Aval) -> Operand:
    """Rows as one value."""
    if not any(isinstance(part, Tensor) for part in parts):
        return _stacked_arrays(parts, aval)
    alike = len({part.shape for part in parts}) == 1 and all(isinstance(part, Tensor) for part in parts)
    return stack([lowering.tensor(part, aval) if alike else lowering.whole(part, aval) for part in parts])


def _stacked_arrays(parts: list[Any], aval: Aval) -> Any:
    shape = tuple(size if isinstance(size, int) else 1 for size in aval.shape)
    if not parts:
        return np.zeros((0, *shape), np.dtype(aval.dtype))
    if isinstance(parts[0], np.ndarray):
        return np.stack([np.broadcast_to(part, shape) for part in parts])
    import jax

    return jax.numpy.stack(parts)


# --- loops of frames ------------------------------------------------------------------------------------------------


def _looped_scan(lowering: Lowering, parts: Scan, operands: Sequence[Operand], scope: str) -> list[Operand]:
    _check_inputs(lowering, operands, "scan")
    builder, count = lowering.builder, len(parts.start)
    carried = [lowering.whole(value, aval) for value, aval in zip(parts.start, parts.carry_avals, strict=True)]
    given = [lowering.tensor(value, aval) for value, aval in zip(parts.given, parts.given_avals, strict=True)]
    length = dim_value(builder, parts.length)
    (zero, length, *carried), (consts, read) = _grouped(
        lowering, [builder.const(0), length, *carried], [parts.consts, given]
    )
    lists = [collect(aval.shape, aval.graph_dtype, parts.length, length) for aval in parts.row_avals]

    def turn(state: list[Tensor]) -> list[Tensor]:
        index, values, items = state[0], state[1 : count + 1], state[count + 1 :]
        place = places(index, parts.length, parts.reverse)
        with lowering.within(index):
            found = [row(x, place) for x in read if isinstance(x, Tensor)]
            results = lowering.block(parts.body.jaxpr, parts.body.consts, [*consts, *values, *found], scope)
            after = [lowering.whole(value, aval) for value, aval in zip(results, parts.carry_avals, strict=False)]
            made = [lowering.whole(value, aval) for value, aval in zip(results[count:], parts.row_avals, strict=True)]
        filled = [put(item, place, value) for item, value in zip(items, made, strict=True)]
        return [index + 1, *after, *filled]

    def going(state: list[Tensor]) -> Tensor:
        return builder.op("Less", state[0], length)

    _, *after = loop([zero, *carried, *lists], going, turn)
    stacked = [
        collected(items, aval.shape, aval.graph_dtype, parts.length)
        for items, aval in zip(after[count:], parts.row_avals, strict=True)
    ]
    return [*after[:count], *stacked]


def _looped_while(lowering: Lowering, parts: While, operands: Sequence[Operand], scope: str) -> list[Operand]:
    _check_inputs(lowering, operands, "while")
    variables = parts.body.jaxpr.invars[len(parts.body_consts) :]
    moving = [after is not before for after, before in zip(parts.body.jaxpr.outvars, variables, strict=True)]
    if not any(moving):
        raise OpError("the state of the loop never changes, so that it ends at once or never")
    builder = lowering.builder
    start = [
        lowering.whole(value, aval)
        for value, aval, moves in zip(parts.start, parts.avals, moving, strict=True)
        if moves
    ]
    still = [value for value, moves in zip(parts.start, moving, strict=True) if not moves]
    entered, (still, condition_consts, body_consts) = _grouped(
        lowering, start, [still, parts.condition_consts, parts.body_consts]
    )
    inside = While(parts.condition, parts.body, condition_consts, body_consts, parts.start, parts.avals)

    def state_of(values: Sequence[Tensor]) -> list[Operand]:
        live, kept = iter(values), iter(still)
        return [next(live) if moves else next(kept) for moves in moving]

    def going(values: list[Tensor]) -> Tensor:
        with lowering.within(values[0]):
            found = lowering.whole(inside.going(lowering, state_of(values), scope), parts.condition_aval)
        return builder.op("Any", found, list(range(found.rank))) if found.rank else found

    def turn(values: list[Tensor]) -> list[Tensor]:
        with lowering.within(values[0]):
            state = state_of(values)
            results = inside.turn(lowering, state, scope)
            rows_of = zip(results, parts.avals, moving, strict=True)
            after = [lowering.whole(value, aval) for value, aval, moves in rows_of if moves]
            if not parts.condition_aval.rank:
                return after
            alive = lowering.whole(inside.going(lowering, state, scope), parts.condition_aval)
            return [_kept(alive, new, old) for new, old in zip(after, values, strict=True)]

    return state_of(loop(entered, going, turn))


def _kept(alive: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """In a batch of loops, those that have ended stay as they are."""
    return select(expand(alive, range(alive.rank), new.rank), new, old)


def _check_inputs(lowering: Lowering, operands: Sequence[Operand], name: str) -> None:
    """What weights alone decide is computed when the model is written: raising makes it so."""
    if lowering.of_weights(operands):
        raise OpError(f"this {name} depends on weights alone")


def _grouped(
    lowering: Lowering, start: Sequence[Tensor], groups: Sequence[Sequence[Operand]]
) -> tuple[list[Tensor], list[list[Operand]]]:
    """What enters a loop and what it reads from outside, all there at one moment; weights are always there."""
    read = {value.value: value for group in groups for value in group if lowering.computed(value)}
    ready = together([*start, *read.values()], lowering.anchor)
    held = dict(zip(read, ready[len(start) :], strict=True))
    return ready[: len(start)], [
        [held.get(value.value, value) if isinstance(value, Tensor) else value for value in group] for group in groups
    ]
