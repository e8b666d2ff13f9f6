"""Operands as the tensors of which they are made, for loops and branches, which pass tensors on and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.recipes.complex import Complex
from totfjs.recipes.shapes import broadcast_to, reshape, shape_vector
from totfjs.sources.tensorflow.flow.lists import Collector, Items, Rows, Unset
from totfjs.sources.tensorflow.use import shape_of
from totfjs.sources.tensorflow.values import Operand

if TYPE_CHECKING:
    from totfjs.sources.tensorflow.lowering import Lowering


def tensors_of(operand: Operand) -> list[Tensor]:
    """The tensors of which an operand is made; none for what is known."""
    if isinstance(operand, Tensor):
        return [operand]
    if isinstance(operand, Complex):
        return [operand.real, operand.imag]
    if isinstance(operand, Rows):
        return [operand.rows]
    if isinstance(operand, Unset):
        return [operand.length]
    if isinstance(operand, Collector):
        return [operand.handle]
    if isinstance(operand, Items):
        return [tensor for item in operand.items if item is not None for tensor in tensors_of(item)]
    return []


def with_tensors(operand: Operand, tensors: Iterator[Tensor]) -> Operand:
    """The same operand made of other tensors."""
    if isinstance(operand, Tensor):
        return next(tensors)
    if isinstance(operand, Complex):
        return Complex(next(tensors), next(tensors))
    if isinstance(operand, Rows):
        return replace(operand, rows=next(tensors))
    if isinstance(operand, Unset):
        return replace(operand, length=next(tensors))
    if isinstance(operand, Collector):
        return replace(operand, handle=next(tensors))
    if isinstance(operand, Items):
        items = tuple(None if item is None else with_tensors(item, tensors) for item in operand.items)
        return replace(operand, items=items)
    return operand


def whole(operand: Operand) -> Operand:
    """An operand whose parts have its whole shape."""
    if not isinstance(operand, Complex):
        return operand
    shape = shape_of(operand)
    return Complex(broadcast_to(operand.real, shape), broadcast_to(operand.imag, shape))


def computed(tensor: Tensor) -> bool:
    """Whether a tensor is there only when the model has run so far."""
    return tensor.array is None


def same(a: Operand, b: Operand) -> bool:
    """Whether two operands are one and the same value."""
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.dtype.kind != "O" and bool((a == b).all())
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.value == b.value
    return False


def sizes_again(lowering: Lowering, tensor: Tensor) -> Tensor | None:
    """A vector of sizes computed anew from the shapes of the inputs, which every loop and branch can see."""
    builder = lowering.builder
    sizes = builder.operand(tensor).sizes
    known = {name for value in builder.inputs.values() for name in dims.symbols_of(builder.tensor(value).shape)}
    if not sizes or not set(dims.symbols_of(sizes)) <= known:
        return None
    return reshape(shape_vector(builder, sizes), tensor.shape)
