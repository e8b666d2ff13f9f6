"""The inputs of a signature as those of a web model: the dtypes that the page feeds, and names for unknown dims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from totfjs.errors import InputSpecError
from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.types import DType, TensorType
from totfjs.sources.tensorflow.dtypes import COMPLEX, graph_dtype
from totfjs.sources.tensorflow.lower import parts_of
from totfjs.sources.tensorflow.saved import Port, Saved, Signature

BATCH = "b"


def inputs_of(saved: Saved, signature: Signature, given: Mapping[str, Any] | None = None) -> dict[str, TensorType]:
    """The inputs by name, in the order of the signature; complex ones in two parts."""
    found: dict[str, TensorType] = {}
    alone = saved.batched or len(signature.inputs) == 1
    for name, port in signature.inputs.items():
        shape = _shape(name, port, alone)
        if port.dtype in COMPLEX:
            found.update((part, TensorType(DType.FLOAT32, shape)) for part in parts_of(name))
        else:
            found[name] = TensorType(graph_dtype(port.dtype), shape)
    return found


def _shape(name: str, port: Port, alone: bool) -> Shape:
    if port.shape is None:
        raise InputSpecError(
            f"The file does not say how many dims the input {name} has.",
            remedy=f'Say it, as in --input "{name}:{port.dtype}[b,224,224,3]".',
            place=name,
        )
    return tuple(_size(name, axis, size, alone) for axis, size in enumerate(port.shape))


def _size(name: str, axis: int, size: int | None, alone: bool) -> Size:
    if size is not None:
        return size
    if axis == 0 and alone:
        return dims.symbol(BATCH)
    return dims.symbol(f"{name}_{axis}" if name.isidentifier() else f"d{axis}_{abs(hash(name)) % 1000}")
