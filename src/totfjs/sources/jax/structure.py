"""Equations that hold functions of their own: loops, branches, and what stands for its content.

Their rules lower jaxprs, so they take the state of lowering and operands as they are, known or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from totfjs.graph.ops import OpError
from totfjs.sources.jax.borders import Structure, of_parts
from totfjs.sources.jax.branches import cond
from totfjs.sources.jax.keys import random
from totfjs.sources.jax.loops import scan, while_
from totfjs.sources.jax.reducers import reduction

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering
    from totfjs.sources.jax.operands import Operand


def linear_solve(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """The function that solves; the others are for derivatives."""
    lengths, solve = equation.params["const_lengths"], equation.params["jaxprs"].solve
    first = lengths.matvec + lengths.vecmat
    consts, end = operands[first : first + lengths.solve], first + lengths.solve + lengths.transpose_solve
    return lowering.block(solve.jaxpr, solve.consts, [*consts, *operands[end:]], scope)


def sharded(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """The function of each device, where there is one."""
    size = equation.params["mesh"].size
    if size != 1:
        raise OpError(f"it runs on {size} devices, a web model runs on one")
    return lowering.block(equation.params["jaxpr"], (), operands, scope)


def mapped(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """`pmap` is for many devices."""
    raise OpError("it maps over devices, a web model runs on one: use vmap")


STRUCTURES: MappingProxyType[str, Structure] = MappingProxyType(
    {
        "scan": of_parts(scan),
        "while": of_parts(while_),
        "cond": of_parts(cond),
        "reduce": of_parts(reduction),
        "custom_linear_solve": linear_solve,
        "shard_map": sharded,
        "xla_pmap": mapped,
        **dict.fromkeys(("random_seed", "random_bits", "random_split", "random_fold_in", "random_gamma"), random),
    }
)
