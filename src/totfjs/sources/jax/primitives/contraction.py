"""Products of tensors."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import wrapped
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Equation, Rule


def dot_general(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """A contraction over any axes."""
    contract, batch = eqn.params["dimension_numbers"]
    target = eqn.output.graph_dtype
    left, right = (
        x if x.dtype is target else elementwise("Cast", x, DstT=target) for x in (eqn.full(a), eqn.full(b, 1))
    )
    result = dot(left, right, contract, batch)
    return wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result


RULES: dict[str, Rule] = {"dot_general": dot_general}
