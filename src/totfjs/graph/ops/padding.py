"""Borders around tensors, and space exchanged with batch and depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Size
from totfjs.graph.ops.elementwise import GPU_INTEGERS, XNNPACK_RANK
from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    PLAIN,
    Attr,
    Call,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    rank_limit,
)

_SIZES = frozenset((I32,))
_GPU_RANK = rank_limit(4, "webgl", "webgpu")


def _pad_rule(call: Call) -> TensorType:
    paddings = call.known(1)
    if paddings.shape != (call.rank(0), 2) or not call.rank(0):
        raise ValueError(f"paddings {list(paddings.shape)} for {call.rank(0)} dims")
    if (paddings < 0).any():
        raise ValueError("a padding is negative")
    return call.type(0).with_shape(*(size + int(sum(pad)) for size, pad in zip(call.shape(0), paddings, strict=True)))


def _pad_v2_rule(call: Call) -> TensorType:
    if call.dtype(2) is not call.dtype(0):
        raise ValueError(f"the value is {call.dtype(2)}, the tensor is {call.dtype(0)}")
    return _pad_rule(call)


def _rounded_value(call: Call) -> bool:
    value = call.value(2)
    return value is not None and value.dtype == np.int32 and float(np.float32(value)) != float(value)


def _nan_value(call: Call) -> bool:
    value = call.value(2)
    return value is not None and value.dtype.kind == "f" and bool(np.isnan(value))


def _mirror_rule(call: Call) -> TensorType:
    result = _pad_rule(call)
    edge = int(call.attrs["mode"] == "REFLECT")
    for size, pad in zip(call.shape(0), call.known(1), strict=True):
        if isinstance(size, int) and max(pad) > size - edge:
            raise ValueError(f"a padding of {max(pad)} is more than size {size} can mirror")
    return result


def _mirror(x: np.ndarray, paddings: np.ndarray, mode: str, **_: Any) -> np.ndarray:
    return np.pad(x, paddings, "reflect" if mode == "REFLECT" else "symmetric")


def _divided(size: Size, by: int) -> Size:
    rest = dims.modulo(size, by)
    if isinstance(rest, int) and rest:
        raise ValueError(f"{size} is not divisible by {by}")
    return dims.floordiv(size, by)


def _block(call: Call) -> tuple[list[int], list[tuple[int, int]]]:
    block, pairs = [int(size) for size in call.known(1)], call.known(2)
    if pairs.shape != (len(block), 2) or call.rank(0) <= len(block):
        raise ValueError(f"{len(block)} block sizes and {list(pairs.shape)} paddings for {call.rank(0)} dims")
    return block, [(int(a), int(b)) for a, b in pairs]


def _to_batch_rule(call: Call) -> TensorType:
    block, pads = _block(call)
    batch, *rest = call.shape(0)
    space = [_divided(size + sum(pad), by) for size, pad, by in zip(rest, pads, block, strict=False)]
    return call.type(0).with_shape(batch * dims.product(block), *space, *rest[len(block) :])


def _to_batch(x: np.ndarray, block: np.ndarray, pads: np.ndarray, **_: Any) -> np.ndarray:
    count = len(block)
    padded = np.pad(x, [(0, 0), *map(tuple, pads), *((0, 0),) * (x.ndim - 1 - count)])
    batch, space, rest = x.shape[0], padded.shape[1 : count + 1], x.shape[count + 1 :]
    halves = [size for total, by in zip(space, block, strict=True) for size in (total // by, by)]
    split = padded.reshape(batch, *halves, *rest)
    inner, outer = range(2, 2 * count + 1, 2), range(1, 2 * count, 2)
    moved = split.transpose(*inner, 0, *outer, *range(2 * count + 1, split.ndim))
    return moved.reshape(batch * int(np.prod(block)), *halves[::2], *rest)


def _to_space_rule(call: Call) -> TensorType:
    block, crops = _block(call)
    batch, *rest = call.shape(0)
    space = [size * by - sum(crop) for size, crop, by in zip(rest, crops, block, strict=False)]
    return call.type(0).with_shape(_divided(batch, int(np.prod(block))), *space, *rest[len(block) :])


def _to_space(x: np.ndarray, block: np.ndarray, crops: np.ndarray, **_: Any) -> np.ndarray:
    count = len(block)
    space, rest = x.shape[1 : count + 1], x.shape[count + 1 :]
    split = x.reshape(*block, x.shape[0] // int(np.prod(block)), *space, *rest)
    pairs = [axis for index in range(count) for axis in (count + 1 + index, index)]
    moved = split.transpose(count, *pairs, *range(2 * count + 1, split.ndim))
    whole = moved.reshape(moved.shape[0], *(int(a * b) for a, b in zip(space, block, strict=True)), *rest)
    kept = [slice(a, size - b) for (a, b), size in zip(crops, whole.shape[1:], strict=False)]
    return whole[(slice(None), *kept)]


def _depth_rule(call: Call) -> TensorType:
    if call.rank(0) != 4:
        raise ValueError(f"the operand has {call.rank(0)} dims, not 4")
    by = call.attrs["block_size"]
    if call.attrs["data_format"] == "NHWC":
        n, h, w, c = call.shape(0)
        return call.type(0).with_shape(n, h * by, w * by, _divided(c, by * by))
    n, c, h, w = call.shape(0)
    return call.type(0).with_shape(n, _divided(c, by * by), h * by, w * by)


def _depth(x: np.ndarray, block_size: int, data_format: str, **_: Any) -> np.ndarray:
    by = block_size
    if data_format == "NCHW":
        return np.moveaxis(_depth(np.moveaxis(x, 1, -1), by, "NHWC"), -1, 1)
    n, h, w, c = x.shape
    split = x.reshape(n, h, w, by, by, c // (by * by)).transpose(0, 1, 3, 2, 4, 5)
    return split.reshape(n, h * by, w * by, c // (by * by))


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Pad",
        (Input("x", PLAIN), Input("padding", _SIZES, host=True)),
        _pad_rule,
        lambda x, paddings, **_: np.pad(x, paddings),
        (T, Attr("Tpaddings", "type", I32)),
        limits=(XNNPACK_RANK, _GPU_RANK),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "PadV2",
        (Input("x", PLAIN), Input("padding", _SIZES, host=True), Input("constantValue", PLAIN, host=True)),
        _pad_v2_rule,
        lambda x, paddings, value, **_: np.pad(x, paddings, constant_values=value),
        (T, Attr("Tpaddings", "type", I32)),
        limits=(
            Limit(("wasm",), "wrong", "the value goes through float32", _rounded_value),
            Limit(("wasm",), "wrong", "it does not pad with NaN", _nan_value),
            XNNPACK_RANK,
            _GPU_RANK,
        ),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "MirrorPad",
        (Input("x", PLAIN), Input("padding", _SIZES, host=True)),
        _mirror_rule,
        _mirror,
        (T, Attr("Tpaddings", "type", I32), Attr("mode", "string", choices=("REFLECT", "SYMMETRIC"))),
        limits=(_GPU_RANK,),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "SpaceToBatchND",
        (Input("x", PLAIN), Input("blockShape", _SIZES, host=True), Input("paddings", _SIZES, host=True)),
        _to_batch_rule,
        _to_batch,
        (T, Attr("Tblock_shape", "type", I32), Attr("Tpaddings", "type", I32)),
        limits=(XNNPACK_RANK, _GPU_RANK),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "BatchToSpaceND",
        (Input("x", PLAIN), Input("blockShape", _SIZES, host=True), Input("crops", _SIZES, host=True)),
        _to_space_rule,
        _to_space,
        (T, Attr("Tblock_shape", "type", I32), Attr("Tcrops", "type", I32)),
        limits=(dtype_limit(0, frozenset((F32,)), "webgpu"), _GPU_RANK),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "DepthToSpace",
        (Input("x", frozenset((F32,))),),
        _depth_rule,
        _depth,
        (T, Attr("block_size", "int"), Attr("data_format", "string", "NHWC", choices=("NHWC", "NCHW"))),
        limits=(
            Limit(BACKENDS, "throws", "the block size has to be 2 at least", lambda call: call.attrs["block_size"] < 2),
            Limit(("cpu",), "throws", "only NHWC", lambda call: call.attrs["data_format"] != "NHWC"),
        ),
    ),
)
