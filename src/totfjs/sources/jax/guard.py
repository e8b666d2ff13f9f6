"""Which primitives are right on integers that TensorFlow.js does not have: the others are refused.

uint32 lives as its bits in int32, 8- and 16-bit integers as their values. A rule that knows nothing of that would be
wrong without a word, so that a primitive has to be named here before its rule sees such a type.
"""

from __future__ import annotations

from totfjs.graph.ops import OpError
from totfjs.sources.jax.dtypes import NARROW
from totfjs.sources.jax.equation import Aval, Equation

# What moves, joins or chooses elements and never looks into them, and what only carries them.
_MOVES = frozenset((
    "stop_gradient", "copy", "copy_p", "device_put", "optimization_barrier", "name", "sharding_constraint",
    "layout_constraint", "pvary", "pbroadcast", "reshard", "tie", "reshape", "squeeze", "expand_dims",
    "broadcast_in_dim", "concatenate", "slice", "pad", "split", "transpose", "tile", "stack", "unstack", "rev",
    "select_n", "gather", "dynamic_slice", "dynamic_update_slice", "scatter", "scan", "while", "cond", "eq", "ne",
    "debug_callback", "debug_print", "random_wrap", "random_unwrap", "random_clone", "threefry2x32", "iota_2x32_shape",
    "rng_bit_generator", "rng_uniform",
))  # fmt: skip
# What knows of them: it gives values of the type, or wraps them.
_KNOWING = _MOVES | {
    "add", "add_any", "sub", "mul", "mulhi", "neg", "abs", "sign", "square", "integer_pow", "div", "rem", "max",
    "min", "clamp", "lt", "le", "gt", "ge", "and", "or", "xor", "not", "shift_left", "shift_right_arithmetic",
    "shift_right_logical", "population_count", "clz", "convert_element_type", "bitcast_convert_type", "iota",
    "dot_general", "conv_general_dilated", "approx_top_k", "argmax", "argmin", "cummax", "cummin", "cumprod",
    "cumsum", "reduce", "reduce_and", "reduce_max", "reduce_min", "reduce_or", "reduce_prod", "reduce_sum",
    "reduce_xor", "reduce_window", "reduce_window_max", "reduce_window_min", "reduce_window_sum", "scatter-add",
    "scatter-max", "scatter-min", "scatter-mul", "scatter-sub", "select_and_gather_add", "select_and_scatter_add",
    "sort", "top_k", "lt_to", "le_to", "eq_to",
}  # fmt: skip


def check_integers(eqn: Equation) -> None:
    """Raises OpError where the rule of a primitive was not made for the integers of the equation."""
    avals = (*eqn.inputs, *eqn.outputs)
    if eqn.name not in _KNOWING and _has(avals, ("uint32",)):
        raise OpError(f"{eqn.name} of uint32 is not supported: TensorFlow.js has no unsigned integers")
    if eqn.name not in _KNOWING and (found := _has(avals, tuple(NARROW))):
        raise OpError(f"{eqn.name} of {found} is not supported: TensorFlow.js has no integers of 8 or 16 bits")


def _has(avals: tuple[Aval, ...], dtypes: tuple[str, ...]) -> str:
    return next((aval.dtype for aval in avals if aval.dtype in dtypes), "")
