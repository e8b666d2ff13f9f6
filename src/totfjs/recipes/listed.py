"""Tensors as lists of places and values (sparse), and rows of different lengths (ragged)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import constant, elementwise
from totfjs.recipes.indexing import iota
from totfjs.recipes.monoids import Monoid
from totfjs.recipes.segments import totals
from totfjs.recipes.shapes import dim_value, reshape
from totfjs.recipes.slicing import slice_axes, take
from totfjs.recipes.sorting import smallest


def columns(places: Tensor) -> list[Tensor]:
    """Each column of a matrix of places, as a vector."""
    known, (rows, count) = constant(places), places.shape
    if known is not None:
        return [places.builder.const(np.ascontiguousarray(column)) for column in known.T]
    return [
        reshape(slice_axes(places, [0, axis], [rows, axis + 1]), (rows,))
        for axis in range(count)  # type: ignore[arg-type]
    ]


def matrix(parts: Sequence[Tensor]) -> Tensor:
    """Vectors as the columns of a matrix."""
    upright = [reshape(part, (*part.shape, 1)) for part in parts]
    return upright[0] if len(upright) == 1 else upright[0].builder.op("ConcatV2", *upright, 1)


def number_of(size: Size | Tensor, like: Tensor) -> Tensor:
    """A size as a scalar to compute with."""
    return size if isinstance(size, Tensor) else dim_value(like.builder, size)


def raveled(parts: Sequence[Tensor], sizes: Sequence[Size | Tensor]) -> Tensor:
    """The place of each element in the flattened tensor."""
    index = parts[0]
    for part, size in zip(parts[1:], sizes[1:], strict=True):
        index = elementwise("AddV2", elementwise("Mul", index, number_of(size, index)), part)
    return index


def unraveled(index: Tensor, sizes: Sequence[Size | Tensor]) -> list[Tensor]:
    """The coordinates of places in a flattened tensor."""
    found: list[Tensor] = []
    for size in reversed(sizes[1:]):
        length = number_of(size, index)
        found.append(elementwise("FloorMod", index, length))
        index = elementwise("FloorDiv", index, length)
    return [index, *reversed(found)]


def ascending(keys: Tensor) -> Tensor:
    """The places that bring numbers in ascending order; equal ones stay as they are."""
    size, known = keys.shape[0], constant(keys)
    if known is not None:
        return keys.builder.const(np.argsort(known, kind="stable").astype(np.int32))
    return smallest(keys, size if isinstance(size, int) else dim_value(keys.builder, size), 0)[1]


def offsets(rows: Tensor, count: Size | Tensor) -> tuple[Tensor, Tensor]:
    """For values in the order of their rows: the place of each in its row, and the lengths of the rows."""
    builder = rows.builder
    lengths = totals(builder.const(1, DType.INT32), rows, count, Monoid("sum"))
    starts = builder.op("Cumsum", lengths, 0, exclusive=True)
    return elementwise("Sub", iota(builder, rows.shape[0]), take(starts, rows, 0)), lengths


__all__ = ["ascending", "columns", "matrix", "number_of", "offsets", "raveled", "unraveled"]
