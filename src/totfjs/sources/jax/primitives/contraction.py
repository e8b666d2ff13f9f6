"""Products of tensors."""

from __future__ import annotations

from math import prod

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import unsigned
from totfjs.recipes.bilinear import exact_bilinear
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.integers import wrapped
from totfjs.sources.jax.dtypes import NARROW, significant_bits
from totfjs.sources.jax.equation import Equation, Rule


def dot_general(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """A contraction over any axes."""
    contract, batch = eqn.params["dimension_numbers"]
    a, b = eqn.full(a), eqn.full(b, 1)
    dtypes = (eqn.inputs[0].dtype, eqn.inputs[1].dtype)
    if eqn.output.graph_dtype is DType.INT32 and a.dtype is b.dtype is DType.INT32:
        return _integer(eqn, a, b)
    if eqn.output.dtype == "uint32" or ("uint32" in dtypes and not eqn.output.floating):
        raise OpError(f"a product of {dtypes[0]} with {dtypes[1]} to {eqn.output.dtype} is not supported")
    target = DType.FLOAT32 if eqn.output.dtype == "bool" else eqn.output.graph_dtype
    left, right = (_carried(x, dtype, target) for x, dtype in zip((a, b), dtypes, strict=True))
    result = dot(left, right, contract, batch)
    if eqn.output.dtype == "bool":
        return elementwise("NotEqual", result, result.builder.like(result, 0))
    return wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result


def _carried(x: Tensor, dtype: str, target: DType) -> Tensor:
    """An operand in the dtype in which it is multiplied."""
    if dtype == "uint32":
        return unsigned.to_float(x)
    return x if x.dtype is target else elementwise("Cast", x, DstT=target)


def _integer(eqn: Equation, a: Tensor, b: Tensor) -> Tensor:
    """Sums of products of integers, exact modulo 2^32 or what the dtype of the result holds."""
    contract, batch = eqn.params["dimension_numbers"]
    sizes = [size for size in (a.shape[axis] for axis in contract[0]) if isinstance(size, int)]
    if len(sizes) == len(contract[0]):
        bits = significant_bits(eqn.inputs[0].dtype), significant_bits(eqn.inputs[1].dtype)
        result = exact_bilinear(a, b, lambda x, y: dot(x, y, contract, batch), prod(sizes), bits)
    else:
        result = dot(a, b, contract, batch)
    return wrapped(result, *NARROW[eqn.output.dtype]) if eqn.output.dtype in NARROW else result


RULES: dict[str, Rule] = {"dot_general": dot_general}
