"""Matrices: products, transposition, einsum, bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph import dims
from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.elementwise import GPU_INTEGERS, broadcast_shapes
from totfjs.graph.ops.fusion import (
    ARGS,
    BARE_ACTIVATION,
    EPSILON,
    FUSED_OPS,
    GPU_ACTIVATION,
    LEAKYRELU_ALPHA,
    NUM_ARGS,
    check_fused,
    finish,
    has_bias,
    nan_rectified,
)
from totfjs.graph.ops.spec import (
    BACKENDS,
    BOOL,
    C64,
    F32,
    GPUS,
    I32,
    PLAIN,
    REAL,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
    dtype_limit,
    no_kernel,
    operand_count,
    rank_limit,
)
from totfjs.graph.ops.windows import same_size

FLOAT = frozenset((F32,))
INT = frozenset((I32,))
NUMERIC = PLAIN | {C64}


# --- products -------------------------------------------------------------------------------------------------------


def product(a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool) -> np.ndarray:
    """The matrix product over the last two axes; the others broadcast."""
    left = np.swapaxes(a, -1, -2) if transpose_a else a
    right = np.swapaxes(b, -1, -2) if transpose_b else b
    return np.asarray(np.matmul(left, right))


def _mat_mul(a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool, **_: Any) -> np.ndarray:
    return product(a, b, transpose_a, transpose_b)


def _batch_mat_mul(a: np.ndarray, b: np.ndarray, adj_x: bool, adj_y: bool, **_: Any) -> np.ndarray:
    return product(a, b, adj_x, adj_y)


def _fused(a: np.ndarray, b: np.ndarray, args: Sequence[np.ndarray], **attrs: Any) -> np.ndarray:
    result = product(a, b, attrs["transpose_a"], attrs["transpose_b"])
    return finish(result, args, attrs["fused_ops"], attrs["leakyrelu_alpha"])


def _matrix(shape: Shape, transposed: bool) -> tuple[Size, Size]:
    return (shape[-1], shape[-2]) if transposed else (shape[-2], shape[-1])


def _multiplied(call: Call, first: str, second: str, most: int | None = None) -> TensorType:
    """The type of a product; `first` and `second` are the attributes that transpose."""
    if call.dtype(0) != call.dtype(1):
        raise ValueError(f"the operands have different dtypes: {call.dtype(0)} and {call.dtype(1)}")
    if min(call.rank(0), call.rank(1)) < 2 or (most and max(call.rank(0), call.rank(1)) > most):
        raise ValueError(f"the operands have to have rank 2{'' if most else ' or more'}")
    rows, inner = _matrix(call.shape(0), call.attrs[first])
    taken, columns = _matrix(call.shape(1), call.attrs[second])
    same_size("inner sizes differ", inner, taken)
    batch = broadcast_shapes(call.shape(0)[:-2], call.shape(1)[:-2])
    return TensorType(call.dtype(0), (*batch, rows, columns))


def _batched(call: Call) -> TensorType:
    same = call.rank(0) == call.rank(1)
    for a, b in zip(call.shape(0)[:-2], call.shape(1)[:-2], strict=False):
        same = same and not (isinstance(a, int) and isinstance(b, int) and a != b)
    if not same:
        raise ValueError("the batch sizes differ; only BatchMatMulV2 broadcasts")
    return _multiplied(call, "adj_x", "adj_y")


def _fused_rule(call: Call) -> TensorType:
    result = _multiplied(call, "transpose_a", "transpose_b")
    check_fused(call, result.shape[-1])
    return result


def _stripped(shape: Shape) -> Shape:
    """A shape without the ones in front."""
    ones = next((index for index, size in enumerate(shape) if size != 1), len(shape))
    return shape[ones:]


def _broadcasts_inside(call: Call) -> bool:
    """Whether batches broadcast other than as a whole: the runtime counts them off one after another."""
    batches = [_stripped(call.shape(slot)[:-2]) for slot in (0, 1)]
    whole = _stripped(broadcast_shapes(call.shape(0)[:-2], call.shape(1)[:-2]))
    return whole not in batches or any(batch != whole[len(whole) - len(batch) :] for batch in batches)


def _slow_on_wasm(call: Call) -> bool:
    transposed = call.attrs["transpose_a"] or call.attrs["transpose_b"]
    batch = dims.product(broadcast_shapes(call.shape(0)[:-2], call.shape(1)[:-2]))
    return has_bias(call) and (transposed or batch != 1)


def empty_sum(first: str) -> Limit:
    """The limit of a product over nothing; `first` is the attribute that transposes the first operand."""

    def empty(call: Call) -> bool:
        return _matrix(call.shape(0), call.attrs[first])[1] == 0

    return Limit(
        ("wasm", "webgl", "webgpu"), "undefined", "a sum over nothing is left unwritten, or is no array at all", empty
    )


def _long_vectors(call: Call) -> bool:
    """Whether webgl multiplies long vectors element by element: it reshapes one of them to the whole batch."""
    rows, inner = _matrix(call.shape(0), call.attrs["adj_x"])
    columns = _matrix(call.shape(1), call.attrs["adj_y"])[1]
    if 1 not in (rows, columns) or (isinstance(inner, int) and inner <= 1000):
        return False
    reshaped = call.shape(1 if columns == 1 else 0)[:-2]
    return _stripped(reshaped) != _stripped(broadcast_shapes(call.shape(0)[:-2], call.shape(1)[:-2]))


LONG_VECTORS = Limit(("webgl",), "throws", "no broadcast with vectors of more than 1000 elements", _long_vectors)
BROADCAST_INSIDE = Limit(
    BACKENDS, "wrong", "batches broadcast only in leading dims, and only from one side", _broadcasts_inside
)
FLOAT_ON_WASM = dtype_limit(0, FLOAT, "wasm")
_PRODUCT: dict[str, Any] = {"category": "matrices", "tolerance": 1e-5, "accumulates": True}
_TRANSPOSE_A, _TRANSPOSE_B = Attr("transpose_a", "bool", False), Attr("transpose_b", "bool", False)
_ADJ_X, _ADJ_Y = Attr("adj_x", "bool", False), Attr("adj_y", "bool", False)


# --- transposition, einsum, bands -----------------------------------------------------------------------------------


def _transposed(call: Call) -> TensorType:
    perm = [int(axis) for axis in call.known(1).reshape(-1)]
    if sorted(perm) != list(range(call.rank(0))):
        raise ValueError(f"perm={perm} is not an order of the {call.rank(0)} axes")
    return call.type(0).with_shape(*(call.shape(0)[axis] for axis in perm))


def _terms(equation: str) -> tuple[list[str], str]:
    operands, arrow, result = equation.replace(" ", "").partition("->")
    if not arrow or not all(c.isalpha() or c == "," for c in operands + result):
        raise ValueError(f"equation={equation!r} has to name every axis by a letter on both sides of ->")
    return operands.split(","), result


def _einsum_rule(call: Call) -> TensorType:
    terms, result = _terms(call.attrs["equation"])
    if len(terms) != len(call.operands) or any(len(term) != call.rank(slot) for slot, term in enumerate(terms)):
        raise ValueError(f"equation={call.attrs['equation']!r} does not fit the ranks of the operands")
    if len({operand.type.dtype for operand in call.operands}) != 1:
        raise ValueError("the operands have different dtypes")
    sizes: dict[str, Size] = {}
    for slot, term in enumerate(terms):
        for label, size in zip(term, call.shape(slot), strict=True):
            same_size(f"sizes of {label} differ", sizes.setdefault(label, size), size)
    if len(set(result)) != len(result) or not set(result) <= set(sizes):
        raise ValueError(f"equation={call.attrs['equation']!r}: the result names axes that the operands lack")
    return TensorType(call.dtype(0), tuple(sizes[label] for label in result))


def _labels(call: Call) -> int:
    return len(set("".join(_terms(call.attrs["equation"])[0])))


def _repeats_label(call: Call) -> bool:
    return any(len(set(term)) < len(term) for term in _terms(call.attrs["equation"])[0])


def _band(x: np.ndarray, num_lower: np.ndarray, num_upper: np.ndarray, **_: Any) -> np.ndarray:
    rows, columns = x.shape[-2:]
    below = np.arange(rows)[:, None] - np.arange(columns)
    lower, upper = int(num_lower), int(num_upper)
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return np.where(inside, x, np.zeros((), x.dtype))


def _band_rule(call: Call) -> TensorType:
    if call.rank(0) < 2 or call.rank(1) or call.rank(2):
        raise ValueError("the input has to have rank 2 or more, num_lower and num_upper are scalars")
    return call.type(0)


def _turns_integers(call: Call) -> bool:
    order = call.value(1)
    return call.dtype(0) in (BOOL, I32) and (order is None or order.reshape(-1).tolist() != [1, 0])


def _uneven_band(call: Call) -> bool:
    lower, upper = call.value(1), call.value(2)
    return lower is None or upper is None or int(lower) != int(upper)


def _large_sums(call: Call) -> bool:
    if call.dtype(0) is not I32:
        return False
    most = [float(np.abs(call.known(slot).astype(np.float64)).max(initial=0)) for slot in range(len(call.operands))]
    return max(*most, math.prod(most) * max(call.known(0).shape, default=1)) > 2**24


GPU_SUMS = Difference(GPUS, GPU_INTEGERS.reason, _large_sums, certain=False)

OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "MatMul",
        (Input("a", REAL), Input("b", REAL)),
        lambda call: _multiplied(call, "transpose_a", "transpose_b", most=2),
        _mat_mul,
        (T, _TRANSPOSE_A, _TRANSPOSE_B),
        (FLOAT_ON_WASM, empty_sum("transpose_a")),
        (GPU_SUMS,),
        **_PRODUCT,
    ),
    OpSpec(
        "_FusedMatMul",
        (Input("a", FLOAT), Input("b", FLOAT), ARGS),
        _fused_rule,
        _fused,
        (T, _TRANSPOSE_A, _TRANSPOSE_B, FUSED_OPS, NUM_ARGS, EPSILON, LEAKYRELU_ALPHA),
        (
            BARE_ACTIVATION,
            BROADCAST_INSIDE,
            empty_sum("transpose_a"),
            Limit(("wasm",), "wrong", "a bias is right only without transposition and without a batch", _slow_on_wasm),
        ),
        (nan_rectified(_fused), GPU_ACTIVATION),
        **_PRODUCT,
    ),
    OpSpec(
        "BatchMatMul",
        (Input("a", REAL), Input("b", REAL)),
        _batched,
        _batch_mat_mul,
        (T, _ADJ_X, _ADJ_Y),
        (FLOAT_ON_WASM, empty_sum("adj_x")),
        (GPU_SUMS,),
        **_PRODUCT,
    ),
    OpSpec(
        "BatchMatMulV2",
        (Input("a", REAL), Input("b", REAL)),
        lambda call: _multiplied(call, "adj_x", "adj_y"),
        _batch_mat_mul,
        (T, _ADJ_X, _ADJ_Y),
        (FLOAT_ON_WASM, empty_sum("adj_x"), BROADCAST_INSIDE, LONG_VECTORS),
        (GPU_SUMS,),
        **_PRODUCT,
    ),
    OpSpec(
        "Transpose",
        (Input("x", NUMERIC), Input("perm", INT, host=True)),
        _transposed,
        lambda x, perm, **_: np.transpose(x, perm.reshape(-1)),
        (T, Attr("Tperm", "type", I32)),
        (
            dtype_limit(0, PLAIN, "wasm"),
            rank_limit(6, "webgl", "webgpu"),
            Limit(("webgpu",), "throws", "integers and bools only turn as a matrix", _turns_integers),
        ),
        category="matrices",
    ),
    OpSpec(
        "Einsum",
        (Input("tensors", REAL, variadic=True),),
        _einsum_rule,
        lambda tensors, equation, **_: np.einsum(equation, *tensors),
        (T, Attr("equation", "string", case_sensitive=True), Attr("N", "int", operand_count())),
        (
            no_kernel("wasm"),
            Limit(BACKENDS, "throws", "at most two operands", lambda call: len(call.operands) > 2),
            Limit(BACKENDS, "throws", "a label twice in one operand", _repeats_label),
            Limit(("webgl", "webgpu"), "throws", "at most six labels", lambda call: _labels(call) > 6),
        ),
        (GPU_SUMS,),
        **_PRODUCT,
    ),
    OpSpec(
        "MatrixBandPart",
        (Input("input", PLAIN), Input("num_lower", INT), Input("num_upper", INT)),
        _band_rule,
        _band,
        (T, Attr("Tindex", "type", I32)),
        (
            Limit(BACKENDS, "wrong", "num_lower is read for both, so that both have to be equal", _uneven_band),
            dtype_limit(0, REAL, "wasm", effect="crashes"),
        ),
        category="matrices",
    ),
)
