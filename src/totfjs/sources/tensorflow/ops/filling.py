"""Tensors made from sizes and numbers."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_by, expand, reshape, shape_vector
from totfjs.sources.tensorflow.dtypes import numpy_dtype
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, through_numbers, whole
from totfjs.sources.tensorflow.ops.shapes import broadcast, normal
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

# What is filled with one value is known now up to this size; more is made when the model runs.
_SMALL = 256


def _fill(use: Use) -> Operand:
    sizes, value = use.sizes(0), use.known(1)
    if sizes is None:
        vector = use.tensor(0)
        filler = whole(use, 1)
        return each(filler, lambda part: through_numbers(part, lambda x: broadcast_by(x, vector)))
    if value is not None:
        return filled(use, sizes, value)
    return each(whole(use, 1), lambda part: broadcast(part, sizes))


def filled(use: Use, sizes: Shape, value: np.ndarray) -> Operand:
    """One known value in each place of a shape."""
    numbers = [size for size in sizes if isinstance(size, int)]
    if any(number < 0 for number in numbers):
        raise OpError(f"{list(sizes)} is no shape")
    if len(numbers) == len(sizes) and (np.prod(numbers, dtype=float) <= _SMALL or value.dtype.kind in "OUSTc"):
        return np.full(numbers, value)
    filler = use.lowering.tensor(np.asarray(value).reshape(()))
    vector = shape_vector(use.builder, sizes)
    return each(filler, lambda part: use.op("Fill", vector, part))


def _like(value: float) -> Op:
    def rule(use: Use) -> Operand:
        dtype = numpy_dtype(use.attr("T"))
        one: object = bytes(str(int(value)) if value else "", "ascii") if dtype.kind == "O" else value
        return filled(use, use.shape(0), np.array(one, dtype))

    return Op(rule, integers=True, complex=True)


def _empty(use: Use) -> Operand:
    sizes = use.sizes(0)
    dtype = numpy_dtype(use.attr("dtype"))
    if sizes is None:
        raise OpError("its shape is computed from the data")
    return filled(use, sizes, np.array(b"" if dtype.kind == "O" else 0, dtype))


def _range(use: Use) -> Operand:
    known = [use.known(index) for index in range(3)]
    if all(value is not None for value in known):
        return _known_range(*known)  # type: ignore[arg-type]
    step = known[2]
    if step is None:
        raise OpError("its step is computed by the model; it has to be a constant")
    if not step:
        raise OpError("its step is 0")
    start, limit = use.tensor(0), use.tensor(1)
    sizes = use.sizes(0), use.sizes(1)
    if sizes != ((0,), sizes[1]) or step < 0 or not _natural(sizes[1]):
        # with a limit on the wrong side of the start, the runtime would count the other way
        limit = elementwise("Minimum" if step < 0 else "Maximum", limit, start)
    return use.op("Range", start, limit, use.tensor(2))


def _natural(sizes: Shape | None) -> bool:
    """Whether a size is a plain dim, which is not negative."""
    return sizes is not None and isinstance(sizes[0], Dim) and len(sizes[0].terms) == 1 and sizes[0].terms[0][1] > 0


def _known_range(start: np.ndarray, limit: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The numbers as TensorFlow makes them: each is the sum of the last one and the step."""
    if not step:
        raise OpError("its step is 0")
    count = max(int(np.ceil((float(limit) - float(start)) / float(step))), 0)
    steps = np.full(count, step, start.dtype)
    steps[:1] = start
    return np.add.accumulate(steps, dtype=start.dtype) if count else steps


def _linspace(use: Use) -> Operand:
    count = use.integer(2, "the number of values")
    start, stop = use.known(0), use.known(1)
    if count < 1:
        raise OpError("the number of values has to be 1 at least")
    if start is not None and stop is not None:
        return np.linspace(start, stop, count).astype(start.dtype)
    first, last = use.tensor(0), use.tensor(1)
    if count == 1:
        return reshape(first, (1,))
    part = np.arange(count, dtype=np.float32) / np.float32(count - 1)
    inner = first + (last - first) * use.builder.const(part)
    return select(use.builder.const(np.arange(count) == count - 1), reshape(last, (1,)), inner)


def _one_hot(use: Use) -> Operand:
    places = use.tensor(0)
    axis = use.attr("axis", -1)
    axis = places.rank if axis == -1 else normal(axis, places.rank + 1)
    rest = [index for index in range(places.rank + 1) if index != axis]
    here = elementwise("Equal", expand(places, rest, places.rank + 1), expand(_depth(use), [axis], places.rank + 1))
    yes_value, no_value = use.known(2), use.known(3)
    on, off = whole(use, 2), whole(use, 3)
    if isinstance(on, Complex) and isinstance(off, Complex):
        return Complex(*(select(here, yes, no) for yes, no in zip(on, off, strict=True)))
    assert isinstance(on, Tensor) and isinstance(off, Tensor)
    if (yes_value, no_value) == (1, 0) and on.dtype in (DType.FLOAT32, DType.INT32):  # type: ignore[comparison-overlap]
        return use.cast(here, on.dtype)
    return select(here, on, off)


def _depth(use: Use) -> Tensor:
    sizes = use.sizes(1)
    if sizes is None:
        zero = use.builder.const(0, DType.INT32)
        return use.op("Range", zero, elementwise("Maximum", use.tensor(1), zero), 1)
    if isinstance(sizes[0], int) and sizes[0] < 0:
        raise OpError(f"its depth is {sizes[0]}")
    return iota(use.builder, sizes[0])


def eye(use: Use, rows: Size, columns: Size) -> Tensor:
    """Whether each place of a matrix is on its diagonal."""
    if isinstance(rows, int) and isinstance(columns, int):
        return use.builder.const(np.eye(rows, columns, dtype=bool))
    down, across = iota(use.builder, rows), iota(use.builder, columns)
    return elementwise("Equal", expand(down, [0], 2), expand(across, [1], 2))


OPS: dict[str, Row] = {
    "Fill": Op(_fill, integers=True, complex=True),
    "ZerosLike": _like(0),
    "OnesLike": _like(1),
    "Empty": Op(_empty, integers=True, complex=True),
    "Range": Op(_range, integers=True),
    "LinSpace": _linspace,
    "OneHot": Op(_one_hot, integers=True, complex=True),
}
