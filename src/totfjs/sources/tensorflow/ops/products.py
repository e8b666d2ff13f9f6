"""Products of matrices, and Einstein's sums."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.complex import Complex, conjugate
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.fields import Matrix
from totfjs.recipes.integers import multiply
from totfjs.recipes.slicing import take
from totfjs.sources.tensorflow.ops.fused import finished
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import whole
from totfjs.sources.tensorflow.ops.shapes import broadcast, broadcast_sizes
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand

Product = Callable[[Tensor, Tensor], Tensor]


def bilinear(a: Matrix, b: Matrix, product: Product) -> Matrix:
    """A product that is linear in both operands, of real or of complex ones."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return product(a, b)
    if isinstance(a, Complex) and isinstance(b, Complex):
        real = elementwise("Sub", product(a.real, b.real), product(a.imag, b.imag))
        return Complex(real, elementwise("AddV2", product(a.real, b.imag), product(a.imag, b.real)))
    raise OpError("one operand is complex, and the other is not")


def mat_mul(a: Tensor, b: Tensor, turn_a: bool = False, turn_b: bool = False) -> Tensor:
    """The product of two matrices of floats or of int32."""
    if a.builder.refusal("MatMul", a, b, transpose_a=turn_a, transpose_b=turn_b) is None:
        return a.builder.op("MatMul", a, b, transpose_a=turn_a, transpose_b=turn_b)
    return dot(a, b, ([int(not turn_a)], [int(turn_b)]), ((), ()))


def batch_mat_mul(a: Tensor, b: Tensor, turn_a: bool, turn_b: bool) -> Tensor:
    """The products of matrices in batches that broadcast."""
    builder = a.builder
    if max(a.rank, b.rank) == 2:
        return mat_mul(a, b, turn_a, turn_b)
    if builder.refusal("BatchMatMulV2", a, b, adj_x=turn_a, adj_y=turn_b) is None:
        return builder.op("BatchMatMulV2", a, b, adj_x=turn_a, adj_y=turn_b)
    batch = tuple(broadcast_sizes(a.shape[:-2], b.shape[:-2]))
    outside = a.rank == b.rank and a.shape[1:-2] == b.shape[1:-2]  # the first dim may broadcast when the model runs
    if outside and builder.refusal("BatchMatMul", a, b, adj_x=turn_a, adj_y=turn_b) is None:
        return builder.op("BatchMatMul", a, b, adj_x=turn_a, adj_y=turn_b)
    a, b = (broadcast(x, (*batch, *x.shape[-2:])) for x in (a, b))
    if builder.refusal("BatchMatMulV2", a, b, adj_x=turn_a, adj_y=turn_b) is None:
        return builder.op("BatchMatMulV2", a, b, adj_x=turn_a, adj_y=turn_b)
    rank, every = len(batch), list(range(len(batch)))
    return dot(a, b, ([rank + (not turn_a)], [rank + turn_b]), (every, every))


def _mat_mul(use: Use) -> Operand:
    turns = bool(use.attr("transpose_a", False)), bool(use.attr("transpose_b", False))
    return bilinear(whole(use, 0), whole(use, 1), lambda a, b: mat_mul(a, b, *turns))


def _batch_mat_mul(use: Use) -> Operand:
    turns = bool(use.attr("adj_x", False)), bool(use.attr("adj_y", False))
    dtypes = {use.attr(name, "float32") for name in ("Ta", "Tb", "T", "Tout")} - {"float32"}
    if dtypes & {"uint8", "int8", "int16", "uint16"} and use.attr("Tout", "") not in ("int32", "int64"):
        raise OpError("a product of integers of less than 32 bits")
    a, b = (conjugate(x) if turn and isinstance(x, Complex) else x
            for x, turn in zip((whole(use, 0), whole(use, 1)), turns, strict=True))  # fmt: skip
    return bilinear(a, b, lambda left, right: batch_mat_mul(left, right, *turns))


def _fused(use: Use) -> Operand:
    """A product with what the optimiser of TensorFlow has put after it."""
    turns = bool(use.attr("transpose_a", False)), bool(use.attr("transpose_b", False))
    return finished(use, mat_mul(use.tensor(0), use.tensor(1), *turns), use.tensors[2:])


def _cross(use: Use) -> Operand:
    """The cross product of vectors of 3."""
    a, b = use.tensor(0), use.tensor(1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise OpError("a cross product is one of vectors of 3 elements")
    forth, back = [use.builder.const(np.array(places, np.int32)) for places in ([1, 2, 0], [2, 0, 1])]

    def product(first: Tensor, second: Tensor) -> Tensor:
        pair = take(a, first, a.rank - 1), take(b, second, b.rank - 1)
        return elementwise("Mul", *pair) if a.dtype is DType.FLOAT32 else multiply(*pair)

    return elementwise("Sub", product(forth, back), product(back, forth))


OPS: dict[str, Row] = {
    "Cross": _cross,
    "_FusedMatMul": _fused,
    "MatMul": Op(_mat_mul, complex=True),
    "SparseMatMul": Op(_mat_mul),
    "BatchMatMul": Op(_batch_mat_mul, complex=True),
    "BatchMatMulV2": Op(_batch_mat_mul, complex=True),
    "BatchMatMulV3": Op(_batch_mat_mul, integers=True, complex=True),
}
