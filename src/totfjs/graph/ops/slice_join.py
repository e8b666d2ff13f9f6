"""Tensors put together, taken apart, repeated and turned around along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import GPU_RANK, READ_BACK
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    C64,
    GPUS,
    I32,
    NO_COMPLEX_ON_WASM,
    PLAIN,
    STRING,
    TENSOR,
    Attr,
    Call,
    Input,
    Limit,
    OpError,
    OpSpec,
    Rule,
    T,
    TensorType,
    element_type,
    normal_axis,
    operand_count,
    rank_limit,
)

_INTEGER = frozenset((I32,))


_NO_BOOL_ON_WASM = Limit(("wasm",), "crashes", "it reads bools as 4 bytes each", lambda call: call.dtype(0) is BOOL)


def no_text_on_wasm(slot: int) -> Limit:
    """A kernel that takes strings on paper, and then the whole of WebAssembly down."""
    return Limit(("wasm",), "crashes", "it has no strings here", lambda call: call.dtype(slot) is STRING)


def agreed(*sizes: Size) -> Size:
    """The one size of dims that have to be equal; raises ValueError when they are not."""
    numbers = {size for size in sizes if isinstance(size, int)}
    if len(numbers) > 1:
        raise ValueError(f"sizes {', '.join(map(str, sorted(numbers)))} differ")
    return numbers.pop() if numbers else sizes[0]


def _same_dtype(types: Sequence[TensorType]) -> None:
    if len({kind.dtype for kind in types}) > 1 or len({kind.rank for kind in types}) > 1:
        raise ValueError(f"the operands differ in dtype or rank: {', '.join(map(str, types))}")


def concatenated(types: Sequence[TensorType], axis: int) -> TensorType:
    """The type of tensors put one behind another along an axis."""
    _same_dtype(types)
    axis = normal_axis(axis, types[0].rank)
    columns = zip(*(kind.shape for kind in types), strict=True)
    shape = [sum(sizes[1:], start=sizes[0]) if i == axis else agreed(*sizes) for i, sizes in enumerate(columns)]
    return types[0].with_shape(*shape)


def _concat_rule(axis_slot: int) -> Rule:
    def rule(call: Call) -> TensorType:
        types = [operand.type for operand in call.operands]
        axis = types.index(types[axis_slot]) if axis_slot == 0 else len(types) - 1
        return concatenated(types[:axis] + types[axis + 1 :], int(call.known(axis)))

    return rule


def _pack_rule(call: Call) -> TensorType:
    types = [operand.type for operand in call.operands]
    _same_dtype(types)
    shape = [agreed(*sizes) for sizes in zip(*(kind.shape for kind in types), strict=True)]
    shape.insert(normal_axis(call.attrs["axis"], len(shape) + 1), len(types))
    return types[0].with_shape(*shape)


def _unpack_rule(call: Call) -> tuple[TensorType, ...]:
    shape = call.shape(0)
    axis = normal_axis(call.attrs["axis"], len(shape))
    count = agreed(shape[axis], call.attrs["num"])
    return (call.type(0).with_shape(*shape[:axis], *shape[axis + 1 :]),) * int(str(count))


def _unpack_count(call: Call) -> int:
    shape, axis = call.shape(0), call.attrs.get("axis", 0)
    size = shape[axis] if -len(shape) <= axis < len(shape) else None
    if not isinstance(size, int):
        raise OpError(f"{call.op}: {call.type(0)} does not say how many parts there are along axis {axis}")
    return size


def _unpack(x: np.ndarray, axis: int, **_: Any) -> tuple[np.ndarray, ...]:
    return tuple(np.moveaxis(x, axis, 0))


def _tile_rule(call: Call) -> TensorType:
    shape, repeats = call.shape(0), call.sizes(1)
    if len(shape) != len(repeats):
        raise ValueError(f"{len(repeats)} repeats for {len(shape)} dims")
    return call.type(0).with_shape(*(size * count for size, count in zip(shape, repeats, strict=True)))


def _parts(shape: Shape, axis: int, sizes: Sequence[Size], kind: TensorType) -> tuple[TensorType, ...]:
    return tuple(kind.with_shape(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes)


def _split_rule(call: Call) -> tuple[TensorType, ...]:
    shape, count = call.shape(1), call.attrs["num_split"]
    axis = normal_axis(int(call.known(0)), len(shape))
    if (rest := dims.modulo(shape[axis], count)) != 0 and isinstance(rest, int):
        raise ValueError(f"{shape[axis]} is not divisible by {count}")
    return _parts(shape, axis, (dims.floordiv(shape[axis], count),) * count, call.type(1))


def _split(axis: np.ndarray, x: np.ndarray, num_split: int, **_: Any) -> tuple[np.ndarray, ...]:
    return tuple(np.split(x, num_split, int(axis)))


def _split_v_rule(call: Call) -> tuple[TensorType, ...]:
    shape, sizes = call.shape(0), call.sizes(1)
    axis = normal_axis(int(call.known(2)), len(shape))
    given: Size = sum((size for size in sizes if size != -1), start=0)
    rest = shape[axis] - given
    if isinstance(rest, int) and (rest < 0 or (rest > 0 and -1 not in sizes)):
        raise ValueError(f"parts of {list(sizes)} do not make {shape[axis]}")
    return _parts(shape, axis, [rest if size == -1 else size for size in sizes], call.type(0))


def _split_v(x: np.ndarray, sizes: np.ndarray, axis: np.ndarray, **_: Any) -> tuple[np.ndarray, ...]:
    rest = x.shape[int(axis)] - int(sizes[sizes != -1].sum())
    return tuple(np.split(x, np.cumsum(np.where(sizes == -1, rest, sizes))[:-1], int(axis)))


def _reverse_v2_rule(call: Call) -> TensorType:
    axes = [normal_axis(int(axis), call.rank(0)) for axis in call.known(1)]
    if len(set(axes)) != len(axes):
        raise ValueError("an axis is given twice")
    return call.type(0)


def _reverse_rule(call: Call) -> TensorType:
    if call.shape(1) != (call.rank(0),):
        raise ValueError(f"{call.type(1)} does not say for each dim whether to reverse it")
    return call.type(0)


def _rest_comes_first(call: Call) -> bool:
    return call.sizes(1)[:1] == (-1,)


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "ConcatV2",
        (Input("tensors", TENSOR, variadic=True), Input("axis", _INTEGER, host=True)),
        _concat_rule(-1),
        lambda tensors, axis, **_: np.concatenate(tensors, int(axis)),
        (Attr("N", "int", operand_count(1)), T, Attr("Tidx", "type", I32)),
        limits=(NO_COMPLEX_ON_WASM, rank_limit(6, "webgl")),
    ),
    OpSpec(
        "Concat",
        (Input("axis", _INTEGER, host=True), Input("tensors", TENSOR, variadic=True)),
        _concat_rule(0),
        lambda axis, tensors, **_: np.concatenate(tensors, int(axis)),
        (Attr("N", "int", operand_count(1)), Attr("T", "type", element_type(1))),
        limits=(NO_COMPLEX_ON_WASM, rank_limit(6, "webgl")),
    ),
    OpSpec(
        "Pack",
        (Input("tensors", TENSOR, variadic=True),),
        _pack_rule,
        lambda tensors, axis, **_: np.stack(tensors, axis),
        (Attr("N", "int", operand_count()), T, Attr("axis", "int", 0)),
        limits=(
            NO_COMPLEX_ON_WASM,
            Limit(GPUS, "wrong", "complex tensors are put behind each other", lambda call: call.dtype(0) is C64),
            GPU_RANK,
        ),
    ),
    OpSpec(
        "Unpack",
        (Input("tensor", PLAIN | {STRING}),),
        _unpack_rule,
        _unpack,
        (Attr("num", "int", _unpack_count), T, Attr("axis", "int", 0)),
        limits=(GPU_RANK,),
    ),
    OpSpec(
        "Tile",
        (Input("x", PLAIN | {STRING}), Input("reps", _INTEGER, host=True)),
        _tile_rule,
        lambda x, reps, **_: np.tile(x, reps),
        (T, Attr("Tmultiples", "type", I32)),
        limits=(
            no_text_on_wasm(0),
            Limit(("webgpu",), "undefined", READ_BACK, lambda call: call.rank(0) > 4 and call.dtype(0) is not STRING),
        ),
    ),
    OpSpec(
        "Split",
        (Input("axis", _INTEGER, host=True), Input("x", PLAIN)),
        _split_rule,
        _split,
        (Attr("num_split", "int"), Attr("T", "type", element_type(1))),
        limits=(GPU_RANK,),
    ),
    OpSpec(
        "SplitV",
        (Input("x", PLAIN), Input("sizes", _INTEGER, host=True), Input("axis", _INTEGER, host=True)),
        _split_v_rule,
        _split_v,
        (
            Attr("num_split", "int", lambda call: len(call.sizes(1))),
            T,
            Attr("Tlen", "type", I32),
        ),
        limits=(
            Limit(BACKENDS, "throws", "it miscounts the rest when that is the first part", _rest_comes_first),
            GPU_RANK,
        ),
    ),
    OpSpec(
        "ReverseV2",
        (Input("x", PLAIN), Input("axis", _INTEGER, host=True)),
        _reverse_v2_rule,
        lambda x, axis, **_: np.flip(x, tuple(map(int, axis))),
        (T, Attr("Tidx", "type", I32)),
        limits=(_NO_BOOL_ON_WASM, rank_limit(4, "webgl", "webgpu")),
    ),
    OpSpec(
        "Reverse",
        (Input("x", PLAIN), Input("dims", frozenset((BOOL,)), host=True)),
        _reverse_rule,
        lambda x, dims, **_: np.flip(x, tuple(map(int, np.flatnonzero(dims)))),
        (T,),
        limits=(_NO_BOOL_ON_WASM, rank_limit(4, "webgl", "webgpu")),
    ),
)
