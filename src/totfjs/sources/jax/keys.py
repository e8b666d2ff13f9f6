"""Random keys that are there only when the model runs: their words are uint32 numbers along a last axis.

What computes with keys is lowered from what JAX itself makes of it, so that a model gives JAX's own random bits. What
moves keys moves their words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.shapes import reshape
from totfjs.sources.jax import _compat
from totfjs.sources.jax.equation import Aval

if TYPE_CHECKING:
    from totfjs.sources.jax.lower import Lowering
    from totfjs.sources.jax.operands import Operand

Params: TypeAlias = Mapping[str, Any]
# The parameters, the ranks of the first operand and of the result, and the number of words.
_Change: TypeAlias = "Callable[[Params, int, int, int], Params]"


def random(lowering: Lowering, equation: Any, operands: Sequence[Operand], scope: str) -> Sequence[Operand]:
    """Seeds, bits, splits and numbers folded in."""
    inner = _compat.random_jaxpr(equation)
    words = [_compat.words_of_key(operand) if _compat.has_keys(operand) else operand for operand in operands]
    return lowering.block(inner.jaxpr, inner.consts, words, scope)


def moves_keys(equation: Any) -> bool:
    """Whether an equation has keys among its operands or results."""
    return any(_compat.is_key(atom.aval) for atom in (*equation.invars, *equation.outvars))


def moved(
    equation: Any, inputs: Sequence[Aval], tensors: Sequence[Tensor]
) -> tuple[Params, tuple[Aval, ...], list[Tensor]]:
    """The parameters and operands of an equation that moves keys, for one that moves their words."""
    name, params = equation.primitive.name, equation.params
    if name not in _CHANGES:
        raise OpError(f"{name} of random keys is not supported")
    at = 1 if name == "select_n" else 0
    first, result = equation.invars[at].aval, equation.outvars[0].aval
    keyed = first if _compat.is_key(first) else result
    words = _compat.key_words(keyed.dtype)
    assert words is not None
    operands, avals = list(tensors), list(inputs)
    if name in ("dynamic_slice", "dynamic_update_slice"):
        operands.append(operands[0].builder.const(0, DType.INT32))
        avals.append(Aval("int32", ()))
    if name == "select_n" and operands[0].rank:
        operands[0] = reshape(operands[0], (*operands[0].shape, 1))
        avals[0] = Aval(avals[0].dtype, (*avals[0].shape, 1))
    return _CHANGES[name](params, len(first.shape), len(result.shape), words), tuple(avals), operands


def _same(params: Params, before: int, after: int, words: int) -> Params:
    return params


def _with(name: str, value: Callable[[int, int, int], int]) -> _Change:
    """One more number at the end of a parameter."""
    return lambda params, before, after, words: {**params, name: (*params[name], value(before, after, words))}


def _sliced(params: Params, before: int, after: int, words: int) -> Params:
    strides = params["strides"]
    return {
        **params,
        "start_indices": (*params["start_indices"], 0),
        "limit_indices": (*params["limit_indices"], words),
        "strides": None if strides is None else (*strides, 1),
    }


def _gathered(params: Params, before: int, after: int, words: int) -> Params:
    numbers = params["dimension_numbers"]
    return {
        **params,
        "dimension_numbers": numbers._replace(offset_dims=(*numbers.offset_dims, after)),
        "slice_sizes": (*params["slice_sizes"], words),
    }


_CHANGES: dict[str, _Change] = {
    **dict.fromkeys(
        ("reshape", "squeeze", "expand_dims", "concatenate", "rev", "split", "select_n", "dynamic_update_slice", "copy",
         "copy_p", "optimization_barrier", "device_put", "random_wrap", "random_unwrap", "random_clone", "stack",
         "unstack", "stop_gradient", "name", "sharding_constraint"),
        _same,
    ),
    "broadcast_in_dim": _with("broadcast_dimensions", lambda before, after, words: after),
    "transpose": _with("permutation", lambda before, after, words: before),
    "dynamic_slice": _with("slice_sizes", lambda before, after, words: words),
    "slice": _sliced,
    "gather": _gathered,
}  # fmt: skip
