"""Linear algebra: products of any axes, norms, factors and solutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes import elimination, householder, jacobi, triangular
from totfjs.recipes.dot import dot
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.indexing import Place, gather, iota
from totfjs.recipes.shapes import broadcast_to, expand, reshape, transpose
from totfjs.sources.keras.operations.arithmetic import add, multiply, power, subtract
from totfjs.sources.keras.operations.binding import Function, operations
from totfjs.sources.keras.operations.elementwise import absolute
from totfjs.sources.keras.operations.numbers import axes_of, floating, floats, known, numbers, place
from totfjs.sources.keras.operations.reductions import logical, total
from totfjs.sources.keras.operations.shapes import diagonal, flat, flipped, part, stacked


def matmul(x1: Any, x2: Any) -> Tensor:
    """Products of stacks of matrices, which broadcast; vectors are rows on the left and columns on the right."""
    a, b = numbers(x1, x2)
    left, right = a.rank, b.rank
    a = reshape(a, (1, *a.shape)) if left == 1 else a
    b = reshape(b, (*b.shape, 1)) if right == 1 else b
    if b.rank == 2:
        found = dot(a, b, ((a.rank - 1,), (0,)), ((), ()))
    else:
        batch = _broadcast(a.shape[:-2], b.shape[:-2])
        a, b = broadcast_to(a, (*batch, *a.shape[-2:])), broadcast_to(b, (*batch, *b.shape[-2:]))
        stack = tuple(range(len(batch)))
        found = dot(a, b, ((a.rank - 1,), (b.rank - 2,)), (stack, stack))
    shape = list(found.shape)
    if right == 1:
        shape.pop()
    if left == 1:
        shape.pop(-1 if right == 1 else -2)
    return reshape(found, tuple(shape))


def _broadcast(a: Sequence[Size], b: Sequence[Size]) -> tuple[Size, ...]:
    rank = max(len(a), len(b))
    a, b = [1] * (rank - len(a)) + list(a), [1] * (rank - len(b)) + list(b)
    return tuple(dims.broadcast(one, other) for one, other in zip(a, b, strict=True))


def dotted(x1: Any, x2: Any) -> Tensor:
    """numpy's dot: the last axis with the last but one."""
    a, b = numbers(x1, x2)
    if not a.rank or not b.rank:
        return multiply(a, b)
    return dot(a, b, ((a.rank - 1,), (max(b.rank - 2, 0),)), ((), ()))


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """Sums over pairs of axes."""
    a, b = numbers(x1, x2)
    if isinstance(axes, int):
        over = tuple(range(a.rank - axes, a.rank)), tuple(range(axes))
    else:
        left, right = (item if isinstance(item, list | tuple) else [item] for item in axes)
        over = tuple(place(axis, a.rank) for axis in left), tuple(place(axis, b.rank) for axis in right)
    return dot(a, b, over, ((), ()))


def inner(x1: Any, x2: Any) -> Tensor:
    """Sums over the last axes."""
    a, b = numbers(x1, x2)
    return tensordot(a, b, ([-1], [-1])) if a.rank and b.rank else multiply(a, b)


def outer(x1: Any, x2: Any) -> Tensor:
    """All products of two vectors."""
    a, b = (flat(x) for x in numbers(x1, x2))
    return multiply(reshape(a, (a.shape[0], 1)), b)


def vdot(x1: Any, x2: Any) -> Tensor:
    """The sum of all products."""
    a, b = (flat(x) for x in numbers(x1, x2))
    return tensordot(a, b, 1)


def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Tensor:
    """The vector product of vectors of 3, or the number that vectors of 2 have."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = numbers(x1, x2)
    a, b = (_last(x, at) for x, at in ((a, axisa), (b, axisb)))
    sizes = known(a, a.rank - 1), known(b, b.rank - 1)
    left, right = ([reshape(part(x, x.rank - 1, i, i + 1), x.shape[:-1]) for i in range(size)]
                   for x, size in zip((a, b), sizes, strict=True))  # fmt: skip

    def minor(i: int, j: int) -> Tensor | None:
        first = multiply(left[i], right[j]) if i < sizes[0] and j < sizes[1] else None
        second = multiply(left[j], right[i]) if j < sizes[0] and i < sizes[1] else None
        if first is None or second is None:
            return first if second is None else subtract(0, second)
        return subtract(first, second)

    third = minor(0, 1)
    assert third is not None
    if sizes == (2, 2):
        return third
    parts = [item for item in (minor(1, 2), minor(2, 0), third) if item is not None]
    return stacked(parts, axisc)


def _last(x: Tensor, axis: int) -> Tensor:
    at = place(axis, x.rank)
    return transpose(x, [*(index for index in range(x.rank) if index != at), at])


def kron(x1: Any, x2: Any) -> Tensor:
    """The second operand in the place of each element of the first."""
    a, b = numbers(x1, x2)
    rank = max(a.rank, b.rank)
    a, b = (reshape(x, (*[1] * (rank - x.rank), *x.shape)) for x in (a, b))
    left, right = (expand(x, range(start, 2 * rank, 2), 2 * rank) for x, start in ((a, 0), (b, 1)))
    shape = tuple(one * other for one, other in zip(a.shape, b.shape, strict=True))
    return reshape(multiply(left, right), shape)


# --- norms ---


def norm(x: Any, order: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The length of vectors, or of matrices where two axes are named."""
    x = floating(x)
    axes = axes_of(x, axis)
    add_up = total("sum")
    if order is None or (len(axes) == 2 and order == "fro") or (len(axes) == 1 and order == 2):
        return elementwise("Sqrt", add_up(elementwise("Square", x), axes, keepdims))
    if isinstance(order, str):
        order = {"inf": np.inf, "-inf": -np.inf}.get(order, order)
    if len(axes) == 1:
        return _vector_norm(absolute(x), order, axes, keepdims)
    if len(axes) != 2 or (axis is None and x.rank != 2) or order not in (1, -1, np.inf, -np.inf):
        raise OpError(f"a norm of the order {order!r} over {len(axes)} axes is not supported")
    listed = [place(one, x.rank) for one in axis] if axis is not None else [0, 1]
    over = listed[0] if abs(order) == 1 else listed[1]
    extreme = total("max" if order > 0 else "min")
    found: Tensor = extreme(add_up(absolute(x), over, True), axes, keepdims)
    return found


def _vector_norm(size: Tensor, order: Any, axes: list[int], keepdims: bool) -> Tensor:
    if order in (np.inf, -np.inf):
        found: Tensor = total("max" if order > 0 else "min")(size, axes, keepdims)
        return found
    if order == 0:
        there = elementwise("Cast", elementwise("NotEqual", size, size.builder.like(size, 0)), DstT=DType.FLOAT32)
        return total("sum")(there, axes, keepdims)  # type: ignore[no-any-return]
    if not isinstance(order, int | float):
        raise OpError(f"a norm of the order {order!r} is not supported")
    if order == 1:
        return total("sum")(size, axes, keepdims)  # type: ignore[no-any-return]
    return power(total("sum")(power(size, order), axes, keepdims), 1 / order)


def distances(x: Any, y: Any) -> Tensor:
    """How far each point is from each other one."""
    a, b = floats(x, y)
    a, b = reshape(a, (*a.shape[:-1], 1, a.shape[-1])), reshape(b, (*b.shape[:-2], 1, *b.shape[-2:]))
    return elementwise("Sqrt", total("sum")(elementwise("Square", elementwise("Sub", a, b)), -1))


# --- factors and solutions ---


def cholesky(x: Any, upper: bool = False) -> Tensor:
    """The triangle whose product with its transpose is the symmetric matrix."""
    x = floating(x)
    mean = (x + _transposed(x)) * 0.5
    found = triangular.cholesky(mean)
    return _transposed(found) if upper else found


def _transposed(x: Tensor) -> Tensor:
    return transpose(x, [*range(x.rank - 2), x.rank - 1, x.rank - 2])


def determinant(x: Any) -> Tensor:
    """The determinant: the product of the pivots, with the sign of the exchanges."""
    x = floating(x)
    factors, pivots, _ = elimination.lu(x)
    size = known(x, x.rank - 1)
    product: Tensor = total("prod")(diagonal(factors, 0, -2, -1), -1)
    return elementwise("Mul", product, _sign(pivots, size))


def _sign(pivots: Tensor, size: int) -> Tensor:
    moved = elementwise("NotEqual", pivots, iota(pivots.builder, pivots.shape[-1]))
    count = total("sum")(moved, -1)
    odd = elementwise("Cast", elementwise("FloorMod", count, count.builder.like(count, 2)), DstT=DType.FLOAT32)
    return subtract(1.0, odd * 2.0)


def sign_and_log(x: Any) -> tuple[Tensor, Tensor]:
    """The sign of the determinant, and the logarithm of its magnitude."""
    x = floating(x)
    factors, pivots, _ = elimination.lu(x)
    pivoted = diagonal(factors, 0, -2, -1)
    negative = elementwise("Cast", elementwise("Less", pivoted, x.builder.like(x, 0)), DstT=DType.FLOAT32)
    zero = elementwise("Cast", logical("Any")(elementwise("Equal", pivoted, x.builder.like(x, 0)), -1),
                       DstT=DType.FLOAT32)  # fmt: skip
    signs: Tensor = total("prod")(subtract(1.0, negative * 2.0), -1)
    sign = multiply(multiply(signs, _sign(pivots, known(x, x.rank - 1))), subtract(1.0, zero))
    return sign, total("sum")(elementwise("Log", absolute(pivoted)), -1)


def solve(a: Any, b: Any) -> Tensor:
    """What gives `b` when it is multiplied by `a`."""
    a, b = floats(a, b)
    factors, _, order = elimination.lu(a)
    vector = b.rank == 1
    columns = reshape(b, (*b.shape, 1)) if vector else b
    columns = broadcast_to(columns, (*a.shape[:-2], *columns.shape[-2:]))
    rows = _rows(columns, order)
    half = triangular.triangular_solve(factors, rows, left=True, lower=True, transpose=False, unit=True)
    found = triangular.triangular_solve(factors, half, left=True, lower=False, transpose=False, unit=False)
    return reshape(found, found.shape[:-1]) if vector else found


def _rows(x: Tensor, order: Tensor) -> Tensor:
    """The rows of each matrix in an order of its own."""
    batch = order.shape
    places = [
        *(Place(axis, expand(iota(x.builder, size), [axis], len(batch)), 1) for axis, size in enumerate(batch[:-1])),
        Place(len(batch) - 1, order, 1),
    ]
    return reshape(gather(x, places, batch), (*batch, x.shape[-1]))


def inverse(x: Any) -> Tensor:
    """The inverse of a matrix."""
    x = floating(x)
    size = known(x, x.rank - 1)
    return solve(x, x.builder.const(np.eye(size, dtype=np.float32)))


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """What gives `b` when it is multiplied by a triangle."""
    a, b = floats(a, b)
    vector = b.rank == a.rank - 1
    columns = reshape(b, (*b.shape, 1)) if vector else b
    found = triangular.triangular_solve(a, columns, left=True, lower=bool(lower), transpose=False, unit=False)
    return reshape(found, found.shape[:-1]) if vector else found


def qr(x: Any, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """An orthogonal matrix and a triangle."""
    q, r = householder.qr(floating(x), full=mode == "complete")
    return q, r


def eigh(x: Any) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of symmetric matrices; the signs of vectors are those of the rotations."""
    x = floating(x)
    vectors, values = jacobi.eigh((x + _transposed(x)) * 0.5, lower=True)
    return values, vectors


def singular_values(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values, and the vectors where they are asked for."""
    found = jacobi.svd(floating(x), full=bool(full_matrices), vectors=bool(compute_uv))
    if not compute_uv:
        return found[0]
    values, left, right = found
    return left, values, right


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The area below a line through points."""
    y = floating(y)
    at = place(axis, y.rank)
    size = known(y, at)
    pairs = add(part(y, at, 1, size), part(y, at, 0, size - 1))
    if x is not None:
        x = floats(x, y)[0]
        along = x.rank - 1 if x.rank == 1 else at
        length = known(x, along)
        dx = subtract(part(x, along, 1, length), part(x, along, 0, length - 1))
        dx = reshape(dx, tuple(-1 if index == at else 1 for index in range(y.rank))) if x.rank == 1 else dx
    return multiply(total("sum")(multiply(pairs, dx), at), 0.5)


def differences(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """What each element has more than that before it, as often as told."""
    (x,) = numbers(a)
    at = place(axis, x.rank)
    for _ in range(n):
        size = x.shape[at]
        x = subtract(part(x, at, 1, size), part(x, at, 0, size - 1))
    return x


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of the diagonal."""
    found: Tensor = total("sum")(diagonal(numbers(x)[0], offset, axis1, axis2), -1)
    return found


def vander(x: Any, count: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each number, in columns."""
    (x,) = numbers(x)
    count = known(x, 0) if count is None else count
    columns, one = [], add(multiply(x, 0), 1)
    for _ in range(count):
        columns.append(one)
        one = multiply(one, x)
    found = stacked(columns, -1)
    return found if increasing else flipped(found, -1)


FUNCTIONS: dict[str, Function] = {
    "Matmul": matmul, "Dot": dotted, "Tensordot": tensordot, "Inner": inner, "Outer": outer, "Vdot": vdot,
    "Cross": cross, "Kron": kron, "Norm": norm, "CDist": distances, "Cholesky": cholesky,
    "Det": determinant, "Slogdet": sign_and_log, "Logdet": lambda x: sign_and_log(x)[1], "Solve": solve,
    "Inv": inverse, "SolveTriangular": solve_triangular, "Qr": qr, "Eigh": eigh, "SVD": singular_values,
    "Trapezoid": trapezoid, "Diff": differences, "Trace": trace, "Vander": vander,
}  # fmt: skip
OPERATIONS = operations(FUNCTIONS)
