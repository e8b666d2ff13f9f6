"""Elements that are read from or written to places given by indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from totfjs.graph.dims import Shape
from totfjs.graph.ops.elementwise import GPU_INTEGERS, MIXED, integers_on_gpus, mixes
from totfjs.graph.ops.slice_join import agreed, no_text_on_wasm
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    GPUS,
    I32,
    PLAIN,
    STRING,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    element_type,
    normal_axis,
)

_TYPES = PLAIN | {STRING}
_INDICES = frozenset((I32,))


def _gather_v2_rule(call: Call) -> TensorType:
    shape, indices, batch = call.shape(0), call.shape(1), call.attrs["batch_dims"]
    axis = normal_axis(int(call.known(2)), len(shape))
    if not 0 <= batch <= min(axis, len(indices)):
        raise ValueError(f"batch_dims is {batch}, with axis {axis} and {len(indices)} dims of indices")
    common = [agreed(a, b) for a, b in zip(shape[:batch], indices[:batch], strict=True)]
    return call.type(0).with_shape(*common, *shape[batch:axis], *indices[batch:], *shape[axis + 1 :])


def _gather_v2(x: np.ndarray, indices: np.ndarray, axis: np.ndarray, batch_dims: int, **_: Any) -> np.ndarray:
    place = int(axis) % x.ndim
    _check_bounds(indices, x.shape[place])
    if not batch_dims:
        return np.take(x, indices, place)
    shape = x.shape[:batch_dims]
    parts = [np.take(x[at], indices[at], place - batch_dims) for at in np.ndindex(*shape)]
    rest = x.shape[batch_dims:place] + indices.shape[batch_dims:] + x.shape[place + 1 :]
    return np.array(parts, x.dtype).reshape(*shape, *rest)


def _check_bounds(indices: np.ndarray, size: int) -> None:
    if indices.size and not (indices.min() >= 0 and indices.max() < size):
        raise ValueError(f"an index is not in [0, {size})")


# With nothing to gather from, the kernel leaves before it gives the result its shape.
_SHAPELESS = Limit(
    ("wasm",), "wrong", "the result of an empty tensor has the wrong shape", lambda call: 0 in call.shape(0)
)


def _gather_nd_rule(call: Call) -> TensorType:
    shape, indices = call.shape(0), call.shape(1)
    return call.type(0).with_shape(*indices[:-1], *shape[_depth(indices, len(shape)) :])


def _depth(indices: Shape, rank: int) -> int:
    depth = indices[-1] if indices else None
    if not isinstance(depth, int) or depth > rank:
        raise ValueError(f"indices {list(indices)} do not fit a tensor with {rank} dims")
    return depth


def _places(indices: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    columns = tuple(np.moveaxis(indices, -1, 0))
    for column, size in zip(columns, shape, strict=False):
        _check_bounds(column, size)
    return columns


def _gather_nd(x: np.ndarray, indices: np.ndarray, **_: Any) -> np.ndarray:
    if not indices.shape[-1]:
        return np.broadcast_to(x, indices.shape[:-1] + x.shape)
    return np.asarray(x[_places(indices, x.shape)])


def _check_updates(shape: Shape, indices: Shape, updates: Shape) -> None:
    wanted = (*indices[:-1], *shape[_depth(indices, len(shape)) :])
    if len(wanted) != len(updates):
        raise ValueError(f"updates {list(updates)} do not fit indices {list(indices)} of {list(shape)}")
    for a, b in zip(wanted, updates, strict=True):
        agreed(a, b)


def _scatter_rule(call: Call) -> TensorType:
    shape = call.sizes(2)
    _check_updates(shape, call.shape(0), call.shape(1))
    return call.type(1).with_shape(*shape)


def _scatter(indices: np.ndarray, updates: np.ndarray, shape: np.ndarray, **_: Any) -> np.ndarray:
    result = np.zeros(shape, updates.dtype)
    np.add.at(result, _places(indices, result.shape), updates)
    return result


def _update_rule(call: Call) -> TensorType:
    if call.dtype(0) is not call.dtype(2):
        raise ValueError(f"the updates are {call.dtype(2)}, the tensor is {call.dtype(0)}")
    _check_updates(call.shape(0), call.shape(1), call.shape(2))
    return call.type(0)


def _update(tensor: np.ndarray, indices: np.ndarray, updates: np.ndarray, **_: Any) -> np.ndarray:
    result = tensor.copy()
    for place, update in zip(indices.reshape(-1, indices.shape[-1]), _rows(updates, indices), strict=True):
        result[_places(place, result.shape)] = update
    return result


def _rows(updates: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return updates.reshape(-1, *updates.shape[indices.ndim - 1 :])


def _dense_rule(call: Call) -> TensorType:
    if call.dtype(2) is not call.dtype(3):
        raise ValueError(f"the default is {call.dtype(3)}, the values are {call.dtype(2)}")
    if call.rank(0) > 2 or call.rank(2) > 1 or call.rank(3):
        raise ValueError("the indices are a matrix, the values a vector and the default a scalar")
    return call.type(2).with_shape(*call.sizes(1))


def _dense(indices: np.ndarray, shape: np.ndarray, values: np.ndarray, default: np.ndarray, **_: Any) -> np.ndarray:
    result = np.full(shape, default, values.dtype)
    rows = indices.reshape(-1, len(shape)) if indices.ndim == 2 else indices.reshape(-1, 1)
    result[_places(rows, result.shape)] = values
    return result


def _empty_on_gpu(shape: Callable[[Call], Shape]) -> Limit:
    return Limit(("webgl", "webgpu"), "wrong", "an empty result is int32", lambda call: 0 in shape(call))


NO_BOOL_SUMS = Limit(("webgpu",), "throws", "bools are added", lambda call: call.dtype(1) is BOOL)


def _meet(call: Call) -> bool:
    """Whether several updates go to one place."""
    places = call.known(1).reshape(-1, call.known(1).shape[-1])
    return len(np.unique(places, axis=0)) < len(places)


def _rounds_when_mixed(call: Call) -> bool:
    tensor, indices, updates = (call.known(slot) for slot in range(3))
    updated = _places(indices.reshape(-1, indices.shape[-1]), tensor.shape)
    return not mixes(tensor[updated], _update(tensor, indices, updates)[updated])


def _default_rounds_when_mixed(call: Call) -> bool:
    return call.dtype(2) is not STRING and not mixes(call.known(3), call.known(2))


def _one_index(slot: int) -> Limit:
    return Limit(
        BACKENDS,
        "throws",
        "it takes a vector of indices for many indices of depth 1",
        lambda call: call.rank(slot) == 1,
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "GatherV2",
        (Input("x", PLAIN), Input("indices", _INDICES), Input("axis", _INDICES, host=True)),
        _gather_v2_rule,
        _gather_v2,
        (
            Attr("batch_dims", "int", 0),
            Attr("Tparams", "type", element_type()),
            Attr("Tindices", "type", element_type(1)),
            Attr("Taxis", "type", I32),
        ),
        limits=(
            Limit(("wasm",), "wrong", "it reads the wrong indices where batch_dims is not 0",
                  lambda call: call.attrs["batch_dims"] != 0),
            _SHAPELESS,
        ),
        differences=(GPU_INTEGERS,),
        note="indices out of bounds throw on cpu and wasm and read something else on GPUs",
    ),
    OpSpec(
        "Gather",
        (Input("x", PLAIN), Input("indices", _INDICES)),
        lambda call: call.type(0).with_shape(*call.shape(1), *call.shape(0)[1:]),
        lambda x, indices, **_: _gather_v2(x, indices, np.zeros((), np.int32), 0),
        (
            Attr("Tparams", "type", element_type()),
            Attr("Tindices", "type", element_type(1)),
            Attr("validate_indices", "bool", True),
        ),
        limits=(_SHAPELESS,),
        differences=(GPU_INTEGERS,),
    ),
    OpSpec(
        "GatherNd",
        (Input("x", _TYPES), Input("indices", _INDICES)),
        _gather_nd_rule,
        _gather_nd,
        (Attr("Tparams", "type", element_type()), Attr("Tindices", "type", element_type(1))),
        limits=(
            Limit(BACKENDS, "throws", "an empty tensor has nothing to read", lambda call: 0 in call.shape(0)),
            Limit(("webgpu",), "throws", "indices of no dims", lambda call: call.shape(1)[-1:] == (0,)),
            no_text_on_wasm(0),
        ),
        differences=(GPU_INTEGERS,),
        note="indices out of bounds throw on cpu and read zeros or something else elsewhere",
    ),
    OpSpec(
        "ScatterNd",
        (Input("indices", _INDICES), Input("values", PLAIN), Input("shape", _INDICES, host=True)),
        _scatter_rule,
        _scatter,
        (Attr("T", "type", element_type(1)), Attr("Tindices", "type", element_type(0))),
        limits=(
            _one_index(0),
            _empty_on_gpu(lambda call: call.sizes(2)),
            Limit(GPUS, "throws", "no updates", lambda call: 0 in call.shape(0)),
            NO_BOOL_SUMS,
        ),
        differences=(integers_on_gpus(lambda indices, values, shape: np.abs(values).sum()),),
        accumulates=True,
        tolerance=1e-6,
    ),
    OpSpec(
        "TensorScatterUpdate",
        (Input("tensor", PLAIN), Input("indices", _INDICES), Input("values", PLAIN)),
        _update_rule,
        _update,
        (T, Attr("Tindices", "type", element_type(1))),
        limits=(
            _one_index(1),
            _empty_on_gpu(lambda call: call.shape(0)),
            Limit(("webgpu",), "throws", "no updates", lambda call: 0 in call.shape(1)),
        ),
        differences=(
            Difference(("webgl",), "updates of one place are added up", _meet),
            Difference(("webgpu",), "which update of one place wins is up to the driver", _meet, certain=False),
            Difference(("webgl",), MIXED, _rounds_when_mixed, certain=False),
            GPU_INTEGERS,
        ),
        overwrites=(0,),
    ),
    OpSpec(
        "SparseToDense",
        (
            Input("sparseIndices", _INDICES),
            Input("outputShape", _INDICES, host=True),
            Input("sparseValues", _TYPES),
            Input("defaultValue", _TYPES),
        ),
        _dense_rule,
        _dense,
        (
            Attr("T", "type", element_type(2)),
            Attr("Tindices", "type", element_type(0)),
            Attr("validate_indices", "bool", False),
        ),
        limits=(no_text_on_wasm(2), replace(NO_BOOL_SUMS, when=lambda call: call.dtype(2) is BOOL)),
        differences=(Difference(("webgl",), MIXED, _default_rounds_when_mixed, certain=False), GPU_INTEGERS),
    ),
)  # fmt: skip
