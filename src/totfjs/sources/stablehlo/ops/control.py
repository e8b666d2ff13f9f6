"""Calls, conditionals, loops, tuples, and what is nothing on one device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.known import UndecidedError
from totfjs.sources.stablehlo.loops import while_loop
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.regions import answers

# Dividends and divisors on which a function of the module is held against division.
_DIVIDENDS = np.arange(-9, 10, dtype=np.int32)
_DIVISORS = np.array([-4, -3, -2, -1, 1, 2, 3, 4], np.int32)


def call(op: Op, *operands: Value) -> Sequence[Value]:
    """A function of the module, in place."""
    name = str(op.attribute("callee").value)  # type: ignore[union-attr]
    if any(isinstance(each, np.ndarray) and each.dtype == object for each in operands):
        found = _division(op, name, operands)
        if found is not None:
            return found
    return op.interpreter.function(name, operands)


def _division(op: Op, name: str, operands: Sequence[Value]) -> Sequence[Value] | None:
    """The quotients and remainders of sizes, which the module computes with comparisons that sizes leave open."""
    if len(operands) < 2 or not all(known.is_known(each) and each.ndim == 0 for each in operands):
        return None
    block = op.interpreter.program.body(name)
    dividend, divisor = (np.repeat(_DIVIDENDS, len(_DIVISORS)), np.tile(_DIVISORS, len(_DIVIDENDS)))
    random = np.random.default_rng(0)  # what else the function takes must not matter
    others = [random.integers(1, 50, dividend.shape, np.int32) for _ in operands[2:]]
    try:
        found = answers(op, block, [*others, dividend, divisor], any_function=True)
    except UndecidedError:
        return None
    a, b = operands[-2].item(), operands[-1].item()
    results = []
    for each in found:
        if np.array_equal(each, dividend // divisor):
            results.append(known.scalar(a // b))
        elif np.array_equal(each, dividend % divisor):
            results.append(known.scalar(a % b))
        else:
            return None
    return results


def case(op: Op, index: Value) -> Sequence[Value]:
    """One of several regions; an index out of bounds means the last."""
    count = len(op.operation.regions)
    if known.is_known(index) and index.dtype != object:
        number = int(index)
        return op.region(number if 0 <= number < count else count - 1)()
    index = array(index)
    last = jnp.full_like(index, count - 1)
    if not _bounded(op):
        index = lax.select(lax.lt(index, jnp.zeros_like(index)), last, index)
    branches = [_branch(op, number) for number in range(count)]
    return list(lax.switch(index, branches)) if count > 1 else branches[0]()


def _bounded(op: Op) -> bool:
    """Whether the index cannot be negative, as the module itself brings it into bounds."""
    owner = op.operation.operands[0].owner
    return getattr(getattr(owner, "operation", None), "name", "") == "stablehlo.clamp"


def conditional(op: Op, which: Value) -> Sequence[Value]:
    """One of two regions."""
    if known.is_known(which) and which.dtype != object:
        return op.region(0 if bool(which) else 1)()
    return list(lax.cond(array(which), _branch(op, 0), _branch(op, 1)))


def _branch(op: Op, number: int) -> Any:
    region = op.region(number)
    return lambda: [array(value) for value in region()]


def loop(op: Op, *start: Value) -> Sequence[Value]:
    """A loop."""
    return while_loop(op, start)


def same(op: Op, *xs: Value) -> Sequence[Value]:
    """The operands as they are."""
    return list(xs)


def packed(op: Op, *xs: Value) -> Value:
    """Values as one."""
    return tuple(xs)


def unpacked(op: Op, pack: Value) -> Value:
    """One of several values."""
    return pack[op.integer("index")]


def token(op: Op, *_: Value) -> Value:
    """The order of effects, of which a model has none."""
    return None


def first(op: Op) -> Value:
    """The number of the only device."""
    return np.zeros((), np.uint32)


def collective(op: Op, *xs: Value) -> Sequence[Value]:
    """What devices say to each other: nothing, where each is alone."""
    groups, pairs = op.attribute("replica_groups"), op.attribute("source_target_pairs")
    alone = groups is not None and np.array(groups).shape[-1] == 1
    to_itself = pairs is not None and len(pairs) and np.array(pairs).tolist() == [[0, 0]]
    if not (alone or to_itself) or [kind.shape for kind in op.types] != [kind.shape for kind in op.operand_types]:
        raise OpError("it runs on several devices, a web model runs on one")
    return list(xs)


def manual(op: Op, *xs: Value) -> Sequence[Value]:
    """What each device runs: the whole, where its part is the whole."""
    whole = [operand.type for operand in op.operation.operands]
    if [argument.type for argument in op.block().arguments] != whole:
        raise OpError("it runs on several devices, a web model runs on one")
    return op.region()(*xs)


RULES: dict[str, Rule] = {
    "func.call": call,
    "stablehlo.case": case,
    "stablehlo.if": conditional,
    "stablehlo.while": loop,
    "stablehlo.optimization_barrier": same,
    "stablehlo.tuple": packed,
    "stablehlo.get_tuple_element": unpacked,
    "stablehlo.create_token": token,
    "stablehlo.after_all": token,
    "stablehlo.partition_id": first,
    "stablehlo.replica_id": first,
    "sdy.sharding_constraint": same,
    **{
        f"stablehlo.{name}": collective
        for name in (
            "all_gather", "all_reduce", "all_to_all", "reduce_scatter", "collective_permute", "collective_broadcast",
            "cross-replica-sum",
        )
    },
    "sdy.manual_computation": manual,
}  # fmt: skip
