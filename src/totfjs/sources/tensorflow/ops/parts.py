"""Rules that only move values: what they do to a real tensor they do to both parts of a complex one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.fields import Matrix
from totfjs.recipes.shapes import broadcast_to
from totfjs.sources.tensorflow.ops.op import Op
from totfjs.sources.tensorflow.use import Use, shape_of
from totfjs.sources.tensorflow.values import Operand


def whole(use: Use, index: int) -> Matrix:
    """An operand as a tensor, or as a pair whose parts both have the whole shape."""
    found = use.lowering.tensor(use.operands[index])
    if isinstance(found, Tensor):
        return found
    shape = shape_of(found)
    return Complex(broadcast_to(found.real, shape), broadcast_to(found.imag, shape))


def wholes(use: Use, indices: Sequence[int]) -> list[list[Tensor]]:
    """Operands of one dtype, part by part: one list of real tensors, or those of both parts of complex ones."""
    found = [whole(use, index) for index in indices]
    if any(isinstance(x, Complex) for x in found):
        return [[x.real if isinstance(x, Complex) else x for x in found], [x.imag for x in found]]  # type: ignore[union-attr]
    return [[x for x in found if isinstance(x, Tensor)]]


def each(x: Matrix, function: Callable[[Tensor], Tensor]) -> Matrix:
    """A function of real tensors done to each part."""
    return function(x) if isinstance(x, Tensor) else Complex(function(x.real), function(x.imag))


def again(parts: Sequence[Tensor]) -> Matrix:
    """Results of each part as one value."""
    return parts[0] if len(parts) == 1 else Complex(*parts)


def moving(function: Callable[[Use, Tensor], Tensor], index: int = 0) -> Op:
    """An op that moves the elements of one operand, whatever they are."""

    def rule(use: Use) -> Operand:
        return each(whole(use, index), lambda part: function(use, part))

    return Op(rule, integers=True, complex=True)


def joining(function: Callable[[Use, Sequence[Tensor]], Tensor], indices: Callable[[Use], Sequence[int]]) -> Op:
    """An op that joins several operands of one dtype, whatever their elements are."""

    def rule(use: Use) -> Operand:
        return again([function(use, part) for part in wholes(use, indices(use))])

    return Op(rule, integers=True, complex=True)


def parting(function: Callable[[Use, Tensor], Sequence[Tensor]], index: int = 0) -> Op:
    """An op that makes several tensors of one operand, whatever its elements are."""

    def rule(use: Use) -> Sequence[Operand]:
        x = whole(use, index)
        if isinstance(x, Tensor):
            return list(function(use, x))
        return [Complex(*pair) for pair in zip(function(use, x.real), function(use, x.imag), strict=True)]

    return Op(rule, integers=True, complex=True)


def none(x: Tensor) -> Tensor:
    """The 0 of a dtype."""
    return x.builder.const(np.zeros((), x.dtype.numpy))


def through_numbers(x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """A function that not every backend does to bools, done to them as 0 and 1."""
    if x.dtype is not DType.BOOL:
        return function(x)
    found = function(elementwise("Cast", x, DstT=DType.INT32))
    return elementwise("NotEqual", found, found.builder.like(found, 0))
