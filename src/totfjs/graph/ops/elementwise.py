"""The shape of specs that work element by element: one operand, or two that broadcast."""

from __future__ import annotations

from typing import Any

from totfjs.graph import dims
from totfjs.graph.dims import Shape
from totfjs.graph.ops.spec import (
    Call,
    DType,
    Input,
    Meaning,
    OpSpec,
    Rule,
    T,
    TensorType,
    rank_limit,
    same_type,
)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape in which all of `shapes` meet; raises ValueError when they do not."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result = padded[0]
    for shape in padded[1:]:
        result = tuple(dims.broadcast(a, b) for a, b in zip(result, shape, strict=True))
    return result


def broadcasting(dtype: DType | None = None) -> Rule:
    """The operands have one dtype and broadcast; the result is of `dtype` if given, else of theirs."""

    def rule(call: Call) -> TensorType:
        dtypes = {operand.type.dtype for operand in call.operands}
        if len(dtypes) > 1:
            raise ValueError(f"the operands have different dtypes: {', '.join(sorted(dtypes))}")
        return TensorType(dtype or call.dtype(0), broadcast_shapes(*(operand.type.shape for operand in call.operands)))

    return rule


def binary(
    name: str, meaning: Meaning, dtypes: frozenset[DType], *, result: DType | None = None, **more: Any
) -> OpSpec:
    """An op on two operands that broadcast. GPUs index at most six dims."""
    return OpSpec(
        name,
        (Input("x", dtypes), Input("y", dtypes)),
        broadcasting(result),
        _without_attrs(meaning),
        attrs=more.pop("attrs", (T,)),
        limits=(*more.pop("limits", ()), rank_limit(6, "webgl", "webgpu")),
        **more,
    )


def unary(name: str, meaning: Meaning, dtypes: frozenset[DType], *, result: DType | None = None, **more: Any) -> OpSpec:
    """An op on each element of one operand."""
    rule: Rule = same_type() if result is None else lambda call: TensorType(result, call.shape(0))
    return OpSpec(
        name,
        (Input("x", dtypes),),
        rule,
        _without_attrs(meaning),
        attrs=more.pop("attrs", (T,)),
        limits=(*more.pop("limits", ()), rank_limit(6, "webgl", "webgpu")),
        **more,
    )


def _without_attrs(meaning: Meaning) -> Meaning:
    return lambda *operands, T=None, **attrs: meaning(*operands, **attrs)
