"""Factorizations and solves of matrices, unrolled row by row; each recipe says how large they may be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.recipes import elimination, householder, jacobi, triangular
from totfjs.recipes.complex import Complex
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.fields import Matrix, as_field, builder_of, conjugate, magnitude, shape_of, times
from totfjs.recipes.matrices import adjoint, identity, stacked, unstacked
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.recipes.slicing import slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.parts import each, whole
from totfjs.sources.tensorflow.ops.shapes import broadcast_sizes
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _field(use: Use, index: int = 0) -> Any:
    """Matrices of real or of complex numbers: what the recipes take either of."""
    return whole(use, index)


def _pair(use: Use) -> tuple[Any, Any]:
    """A matrix and right sides, in batches that broadcast."""
    a, b = _field(use, 0), _field(use, 1)
    batch = tuple(broadcast_sizes(shape_of(a)[:-2], shape_of(b)[:-2]))
    first, second = ((*batch, *shape_of(x)[-2:]) for x in (a, b))
    return each(a, lambda part: broadcast_to(part, first)), each(b, lambda part: broadcast_to(part, second))


def _turned(a: Any) -> Any:
    batch = shape_of(a)[:-2]
    return unstacked(adjoint(stacked(a)), batch)


def _cholesky(use: Use) -> Any:
    use.note("Cholesky gives NaN for a matrix that is not positive definite, where TensorFlow raises an error.")
    return triangular.cholesky(_field(use))


def _triangular_solve(use: Use) -> Any:
    a, b = _pair(use)
    turned = bool(use.attr("adjoint", False))
    a = conjugate(a) if turned else a
    return triangular.triangular_solve(
        a, b, left=True, lower=bool(use.attr("lower", True)), transpose=turned, unit=False
    )


def _solve(use: Use) -> Any:
    a, b = _pair(use)
    _tell_of_singular(use)
    return elimination.solve(_turned(a) if use.attr("adjoint", False) else a, b)


def _inverse(use: Use) -> Any:
    a = _field(use)
    _tell_of_singular(use)
    a = _turned(a) if use.attr("adjoint", False) else a
    size = shape_of(a)[-1]
    if not isinstance(size, int):
        raise OpError("the size of the matrices has to be known")
    if size == 0:
        return a
    one = broadcast_to(builder_of(a).const(identity(size, size)), shape_of(a))
    return elimination.solve(a, as_field(one, a))


def _tell_of_singular(use: Use) -> None:
    use.note("A matrix without an inverse gives numbers that are not finite, where TensorFlow raises an error.")


def _diagonal_and_sign(use: Use) -> tuple[Matrix, Tensor]:
    """The pivots of each matrix, and -1 for an odd number of exchanges of rows, else 1."""
    a = _field(use)
    shape = shape_of(a)
    size = shape[-1]
    if not isinstance(size, int) or not size:
        raise OpError(f"determinants of {size} rows")
    factors, pivots, _ = elimination.lu(a)
    places = np.arange(size, dtype=np.int32) * (size + 1)
    flat = each(factors, lambda part: reshape(part, (*shape[:-2], size * size)))
    builder = builder_of(a)
    diagonal = each(flat, lambda part: take(part, builder.const(places), len(shape) - 2))
    exchanged = elementwise("NotEqual", pivots, builder.const(np.arange(size, dtype=np.int32)))
    sign = select(exchanged, builder.const(np.float32(-1)), builder.const(np.float32(1)))
    return diagonal, builder.op("Prod", sign, [len(shape) - 2])


def _product(x: Matrix) -> Matrix:
    """The product along the last axis."""
    if isinstance(x, Tensor):
        return x.builder.op("Prod", x, [x.rank - 1])
    rank = len(shape_of(x)) - 1
    columns = [Complex(*(_column(part, at) for part in x)) for at in range(int(str(shape_of(x)[rank])))]
    return reduce(times, columns)


def _column(x: Tensor, at: int) -> Tensor:
    starts = [at if axis == x.rank - 1 else 0 for axis in range(x.rank)]
    cut = slice_axes(x, starts, [*x.shape[:-1], at + 1])
    return reshape(cut, x.shape[:-1])


def _determinant(use: Use) -> Operand:
    diagonal, sign = _diagonal_and_sign(use)
    return each(_product(diagonal), lambda part: elementwise("Mul", part, sign))


def _log_determinant(use: Use) -> Sequence[Operand]:
    """The sign, or the phase, of each determinant, and the logarithm of its size."""
    diagonal, sign = _diagonal_and_sign(use)
    sizes = magnitude(diagonal)
    logs = use.op("Sum", elementwise("Log", sizes), [sizes.rank - 1])
    if isinstance(diagonal, Complex):
        nothing = use.op("ZerosLike", logs)
        phase = _product(each(diagonal, lambda part: elementwise("RealDiv", part, sizes)))
        return [each(phase, lambda part: elementwise("Mul", part, sign)), Complex(logs, nothing)]
    signs = _product(elementwise("Sign", diagonal))
    assert isinstance(signs, Tensor)
    return [elementwise("Mul", signs, sign), logs]


def _qr(use: Use) -> Sequence[Operand]:
    return householder.qr(_field(use), full=bool(use.attr("full_matrices", False)))


def _svd(use: Use) -> Sequence[Operand]:
    x, vectors = _field(use), bool(use.attr("compute_uv", True))
    found = jacobi.svd(x, full=bool(use.attr("full_matrices", False)), vectors=vectors)
    if not vectors:
        none = use.const(np.zeros((0,), np.float32))
        return [_in_field(found[0], x), none, none]
    use.note("Singular vectors are given up to their signs, as no two libraries agree on them.")
    return [_in_field(found[0], x), found[1], _turned(found[2])]


def _eigh(use: Use) -> Sequence[Operand]:
    x, vectors = _field(use), bool(use.attr("compute_v", True))
    found, values = jacobi.eigh(x, lower=True)
    if not vectors:
        return [_in_field(values, x), use.const(np.zeros((0,), np.float32))]
    use.note("Eigenvectors are given up to their signs, as no two libraries agree on them.")
    return [_in_field(values, x), found]


def _in_field(values: Tensor, x: Matrix) -> Matrix:
    return values if isinstance(x, Tensor) else Complex(values, values.builder.op("ZerosLike", values))


def _lu(use: Use) -> Sequence[Operand]:
    factors, _, order = elimination.lu(_field(use))
    return [factors, order]


def _tridiagonal_solve(use: Use) -> Operand:
    diagonals, right = use.tensor(0), use.tensor(1)
    if not use.attr("partial_pivoting", True):
        use.note("A tridiagonal solve without pivoting is done with it, which loses fewer digits.")
    if use.attr("perturb_singular", False):
        raise OpError("a perturbation of matrices without an inverse is not supported")
    above, middle, below = (_line(diagonals, at) for at in range(3))
    return elimination.tridiagonal_solve(below, middle, above, right)


def _line(x: Tensor, at: int) -> Tensor:
    starts = [at if axis == x.rank - 2 else 0 for axis in range(x.rank)]
    cut = slice_axes(x, starts, [*x.shape[:-2], at + 1, x.shape[-1]])
    return reshape(cut, (*x.shape[:-2], x.shape[-1]))


def _tridiagonal_product(use: Use) -> Operand:
    above, middle, below, right = use.tensors
    size = right.shape[-2]
    if not isinstance(size, int):
        raise OpError("the size of the matrices has to be known")

    def part(diagonal: Tensor, places: np.ndarray) -> Tensor:
        inside = (places >= 0) & (places < size)
        moved = take(right, use.builder.const(np.clip(places, 0, size - 1).astype(np.int32)), right.rank - 2)
        column = reshape(diagonal, (*diagonal.shape[:-2], size, 1))
        product = elementwise("Mul", column, moved)
        return select(use.builder.const(inside[:, None]), product, use.builder.const(np.float32(0)))

    at = np.arange(size)
    return elementwise("AddV2", elementwise("AddV2", part(middle, at), part(above, at + 1)), part(below, at - 1))


_ENDLESS = "its iteration ends when the data says so, and no fixed number of rounds does for all matrices"

OPS: dict[str, Row] = {
    "Cholesky": Op(_cholesky, complex=True),
    "MatrixTriangularSolve": Op(_triangular_solve, complex=True),
    "MatrixSolve": Op(_solve, complex=True),
    "MatrixInverse": Op(_inverse, complex=True),
    "MatrixDeterminant": Op(_determinant, complex=True),
    "LogMatrixDeterminant": Op(_log_determinant, ("sign", "log_abs_determinant"), complex=True),
    "Qr": Op(_qr, ("q", "r"), complex=True),
    "Svd": Op(_svd, ("s", "u", "v"), complex=True),
    "SelfAdjointEigV2": Op(_eigh, ("e", "v"), complex=True),
    "Lu": Op(_lu, ("lu", "p"), complex=True),
    "TridiagonalSolve": _tridiagonal_solve,
    "TridiagonalMatMul": _tridiagonal_product,
}
REFUSED = {
    **dict.fromkeys(("Eig", "MatrixSquareRoot", "MatrixLogarithm"), _ENDLESS),
    "MatrixSolveLs": "least squares of matrices of any rank are not supported: use tf.linalg.lstsq with fast=True",
    "MatrixExponential": "use tf.linalg.expm, which is made of other ops",
    "BandedTriangularSolve": "a solve with bands: use tf.linalg.triangular_solve with whole matrices",
    "CholeskyGrad": "gradients are not converted",
}
