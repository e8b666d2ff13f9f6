"""Comparisons, logic and choice."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph.ops.elementwise import (
    GPU_INTEGERS,
    GPU_SELECT_RANK,
    binary,
    broadcast_shapes,
    gpus_may,
    one_dtype,
    unary,
    untyped,
)
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    PLAIN,
    REAL,
    STRING,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    Rule,
    T,
    TensorType,
    dtype_limit,
)

LOGIC = frozenset((BOOL,))
NOT_WIRED = {"BitwiseAnd": "the op table names its inputs x and y, the executor reads a and b"}

NAN_COMPARES = gpus_may("comparisons with NaN are up to the driver", lambda a, b: np.isnan(a) | np.isnan(b))


def _comparison(name: str, meaning: Any) -> OpSpec:
    return binary(name, meaning, REAL, result=BOOL, differences=(NAN_COMPARES,))


def _equality(name: str, meaning: Any) -> OpSpec:
    return binary(
        name,
        lambda a, b, incompatible_shape_error: meaning(a, b).astype(bool),
        PLAIN | {STRING},
        result=BOOL,
        attrs=(T, Attr("incompatible_shape_error", "bool", True, choices=(True,))),
        limits=(dtype_limit(0, PLAIN, "wasm", effect="wrong"),),
        differences=(NAN_COMPARES,),
    )


def _logic(name: str, meaning: Any) -> OpSpec:
    return binary(name, meaning, LOGIC, attrs=())


def _chosen(call: Call) -> TensorType:
    return TensorType(one_dtype(call, (1, 2)), broadcast_shapes(*(operand.type.shape for operand in call.operands)))


def _chosen_whole(call: Call) -> TensorType:
    """The first Select of TensorFlow takes whole rows by a vector, where the runtime would broadcast it."""
    if call.shape(1) != call.shape(2):
        raise ValueError("the two choices have different shapes")
    if call.rank(0) and call.shape(0) != call.shape(1):
        raise ValueError("the condition has to be a scalar or of the shape of the choices")
    return _chosen(call)


def _shrinks_to_nothing(call: Call) -> bool:
    shapes = [operand.type.shape for operand in call.operands]
    result = broadcast_shapes(*shapes)
    pairs = (pair for shape in shapes for pair in zip(reversed(shape), reversed(result), strict=False))
    return (1, 0) in pairs


def _select(name: str, rule: Rule) -> OpSpec:
    return OpSpec(
        name,
        (Input("condition", LOGIC), Input("a", PLAIN), Input("b", PLAIN)),
        rule,
        untyped(np.where),
        (T,),
        limits=(
            Limit(("wasm",), "crashes", "choices cannot be bool", lambda call: call.dtype(1) is BOOL),
            Limit(BACKENDS, "wrong", "a size of 1 does not broadcast to 0", _shrinks_to_nothing),
            GPU_SELECT_RANK,
        ),
        differences=(GPU_INTEGERS,),
    )


OPS = (
    _equality("Equal", np.equal),
    _equality("NotEqual", np.not_equal),
    _comparison("Greater", np.greater),
    _comparison("GreaterEqual", np.greater_equal),
    _comparison("Less", np.less),
    _comparison("LessEqual", np.less_equal),
    _logic("LogicalAnd", np.logical_and),
    _logic("LogicalOr", np.logical_or),
    unary("LogicalNot", np.logical_not, LOGIC, attrs=()),
    _select("Select", _chosen_whole),
    _select("SelectV2", _chosen),
)
