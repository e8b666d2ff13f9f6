"""Elements that are read at places: along an axis, or at whole places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import broadcast_to
from totfjs.recipes.tables import lookup
from totfjs.recipes.taking import gathered, gathered_at
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use, shape_of
from totfjs.sources.tensorflow.values import Operand, Variable

# What is known is read now, up to so many elements.
_MOST = 1 << 12


def _gather(use: Use) -> Operand:
    return _along(use, use.operands[0], 0, 0)


def _gather_v2(use: Use) -> Operand:
    return _along(use, use.operands[0], use.integer(2, "its axis"), use.attr("batch_dims", 0))


def _resource_gather(use: Use) -> Operand:
    batch = use.attr("batch_dims", 0)
    return _along(use, _held(use), batch % max(1, len(use.shape(1)) + 1), batch)


def _gather_nd(use: Use) -> Operand:
    return _at(use, use.operands[0])


def _resource_gather_nd(use: Use) -> Operand:
    return _at(use, _held(use))


def _held(use: Use) -> Operand:
    variable = use.operands[0]
    if not isinstance(variable, Variable):
        raise OpError("it reads no variable whose value was saved")
    return use.lowering.variable(variable)


def _along(use: Use, x: Operand, axis: int, batch: int) -> Operand:
    rank, places = len(shape_of(x)), len(use.shape(1))
    axis, batch = axis % rank if rank else axis, batch + places if batch < 0 else batch
    if not 0 <= batch <= min(axis, places):
        raise OpError(f"its batch_dims is {batch}, with axis {axis} and {places} dims of indices")
    known = use.known(1)
    if known is not None and known.size and known.min() < 0:
        raise OpError(f"an index is {known.min()}")
    if isinstance(x, np.ndarray) and known is not None and not batch and x.size + known.size <= _MOST:
        return np.take(x, known, axis)
    if isinstance(x, np.ndarray) and x.dtype == object and x.ndim == 1:
        return lookup(use.tensor(1), np.arange(x.size, dtype=np.int32), x, b"")
    if _is_text(x):
        if axis or batch:
            raise OpError("text is read along the first axis alone")
        return _in_parts(use, x, lambda part: gathered_at(part, _column(use)))
    return _in_parts(use, x, lambda part: gathered(part, use.tensor(1), axis, batch))


def _column(use: Use) -> Tensor:
    return use.op("ExpandDims", use.tensor(1), -1)


def _is_text(x: Operand) -> bool:
    return (isinstance(x, np.ndarray) and x.dtype == object) or (isinstance(x, Tensor) and x.dtype == "string")


def _at(use: Use, x: Operand) -> Operand:
    if use.text("bad_indices_policy", b"") not in ("", "DEFAULT", "ERROR"):
        raise OpError("it leaves out indices out of bounds, which TensorFlow.js does not")
    known = use.known(1)
    if (
        isinstance(x, np.ndarray)
        and known is not None
        and x.size + known.size <= _MOST
        and known.shape[-1]
        and (known >= 0).all()
    ):
        return np.asarray(x[tuple(np.moveaxis(known, -1, 0))])
    return _in_parts(use, x, lambda part: gathered_at(part, use.tensor(1)))


def _in_parts(use: Use, x: Operand, rule: Callable[[Tensor], Tensor]) -> Operand:
    """A rule that moves elements, on a tensor or on both parts of complex numbers."""
    found = use.lowering.tensor(x)
    if isinstance(found, Complex):
        shape = shape_of(found)
        return Complex(*(rule(broadcast_to(part, shape)) for part in found))
    return rule(found)


# Indices out of bounds, at which TensorFlow stops on a CPU, stop TensorFlow.js on cpu and wasm too.
OPS: dict[str, Row] = {
    "Gather": Op(_gather, integers=True, complex=True),
    "GatherV2": Op(_gather_v2, integers=True, complex=True),
    "GatherNd": Op(_gather_nd, integers=True, complex=True),
    "ResourceGather": Op(_resource_gather, integers=True, complex=True),
    "ResourceGatherNd": Op(_resource_gather_nd, integers=True, complex=True),
}
