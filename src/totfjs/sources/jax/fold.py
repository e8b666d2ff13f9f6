"""Computes what depends on no input and no weight while lowering: in numpy where that is a line, else in JAX.

Arrays known here may have dims of size 1 where their type says more: broadcasts stay lazy, as everywhere in lowering.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.types import DType
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import COMPLEX, join
from totfjs.sources.jax.equation import Aval, aval_of

# JAX folds results up to this many elements; larger ones are left to the model.
MOST = 1 << 24
Params = Mapping[str, Any]


def foldable(equation: Any) -> bool:
    """Whether an equation on known operands can be computed now."""
    name, outputs = equation.primitive.name, [aval_of(variable.aval) for variable in equation.outvars]
    if not outputs or (name not in _NUMPY and not equation.invars):
        return False
    if name == "broadcast_in_dim":
        return True
    if not all(aval.static for aval in (*outputs, *(aval_of(atom.aval) for atom in equation.invars))):
        return False
    if name in _NUMPY:
        return True
    if sum(math.prod(aval.sizes) for aval in outputs) > MOST or equation.effects:
        return False
    inner = _compat.inner_jaxpr(name, equation.params)
    return inner is None or not _all_numpy(inner.jaxpr)


def folded(equation: Any, operands: Sequence[Any]) -> list[Any]:
    """The results of an equation on known operands."""
    name, avals = equation.primitive.name, [aval_of(variable.aval) for variable in equation.outvars]
    keys = any(_compat.is_key(atom.aval) for atom in (*equation.invars, *equation.outvars))
    complex_ = any(aval_of(atom.aval).complex for atom in (*equation.invars, *equation.outvars))
    rule = None if keys or (complex_ and name not in _COMPLEX) else _NUMPY.get(name)
    shapes = [aval_of(atom.aval).shape for atom in equation.invars]
    if rule is None:
        whole = [_whole(operand, shape) for operand, shape in zip(operands, shapes, strict=True)]
        return [_plain(result) for result in _compat.evaluate_equation(equation, whole)]
    if name not in _LAZY:
        operands = [_whole(operand, shape) for operand, shape in zip(operands, shapes, strict=True)]
    with np.errstate(all="ignore"):
        result = rule({**equation.params, "shape": avals[0].shape}, *operands)
    return [np.asarray(result).astype(np.dtype(avals[0].dtype), copy=False)]


def known_tensor(builder: Builder, operand: Any, aval: Aval) -> Tensor:
    """A known array as a constant of the graph."""
    operand = _compat.words_of_key(operand) if _compat.has_keys(operand) else np.asarray(operand)
    kind = aval.graph_dtype
    if aval.dtype == "uint32":
        return builder.const(operand.astype(np.uint32).view(np.int32))
    return builder.const(operand.astype(kind.numpy), kind if kind is not DType.BOOL else None)


def empty(aval: Aval) -> np.ndarray:
    """The one array of a shape without elements."""
    return np.zeros(aval.sizes, np.dtype(aval.dtype))


def _all_numpy(jaxpr: Any) -> bool:
    for equation in jaxpr.eqns:
        inner = _compat.inner_jaxpr(equation.primitive.name, equation.params)
        if not (_all_numpy(inner.jaxpr) if inner is not None else equation.primitive.name in _NUMPY):
            return False
    return True


def _whole(operand: Any, shape: Shape) -> Any:
    return np.broadcast_to(operand, tuple(map(int, shape))) if isinstance(operand, np.ndarray) else operand  # type: ignore[arg-type]


def _plain(result: Any) -> Any:
    return result if _compat.is_key(result) else np.asarray(result)


def _divide(params: Params, a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind not in "iu":
        return a / b
    wide, divisor = a.astype(np.int64), np.where(b == 0, 1, b).astype(np.int64)
    return np.where(b == 0, -1, np.sign(wide) * np.sign(divisor) * (np.abs(wide) // np.abs(divisor)))


def _remainder(params: Params, a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind not in "iu":
        return np.fmod(a, b)
    return np.where(b == 0, a, np.fmod(a.astype(np.int64), np.where(b == 0, 1, b).astype(np.int64)))


def _convert(params: Params, x: np.ndarray) -> Any:
    target = np.dtype(params["new_dtype"])
    if x.dtype.kind in "iub" or target.kind not in "iu":
        return x != 0 if target.kind == "b" else x.astype(target)
    limits: Any = np.iinfo(target)
    bounded = np.clip(np.nan_to_num(x.astype(np.float64), nan=0.0), limits.min, limits.max)
    return np.trunc(bounded).astype(target)


def _broadcast(params: Params, x: np.ndarray, *_: Any) -> Any:
    sizes = [1] * len(params["shape"])
    for axis, size in zip(params["broadcast_dimensions"], x.shape, strict=True):
        sizes[axis] = size
    return x.reshape(sizes)


def _iota(params: Params) -> Any:
    sizes = [1] * len(params["shape"])
    sizes[params["dimension"]] = -1
    return np.arange(params["shape"][params["dimension"]]).reshape(sizes)


def _select(params: Params, which: np.ndarray, *cases: np.ndarray) -> Any:
    if which.dtype.kind == "b":
        return np.where(which, cases[1], cases[0]) if len(cases) == 2 else cases[0]
    return np.choose(np.clip(which, 0, len(cases) - 1), cases)


def _slice(params: Params, x: np.ndarray) -> Any:
    steps = params["strides"] or (1,) * x.ndim
    bounds = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return x[tuple(slice(start, stop, step) for start, stop, step in bounds)]


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda params, *operands: function(*operands)


_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "max": np.maximum,
    "min": np.minimum,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "square": np.square,
    "floor": np.floor,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "not": np.invert,
    "stop_gradient": lambda x: x,
    "copy": lambda x: x,
    "rsqrt": lambda x: (1 / np.sqrt(x)).astype(x.dtype),
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
}
_NUMPY: dict[str, Callable[..., Any]] = {
    **{name: _elementwise(function) for name, function in _ELEMENTWISE.items()},
    "div": _divide,
    "rem": _remainder,
    "convert_element_type": _convert,
    "broadcast_in_dim": _broadcast,
    "iota": _iota,
    "select_n": _select,
    "integer_pow": lambda params, x: (
        x ** np.asarray(params["y"], x.dtype) if params["y"] >= 0 else 1 / x ** -params["y"]
    ),
    "transpose": lambda params, x: x.transpose(params["permutation"]),
    "reshape": lambda params, x: x.reshape(params["shape"]),
    "squeeze": lambda params, x: x.reshape(params["shape"]),
    "expand_dims": lambda params, x: x.reshape(params["shape"]),
    "concatenate": lambda params, *xs: np.concatenate(xs, params["dimension"]),
    "slice": _slice,
    "rev": lambda params, x: np.flip(x, params["dimensions"]),
    "reduce_sum": lambda params, x: x.sum(tuple(params["axes"]), dtype=x.dtype),
    "reduce_max": lambda params, x: x.max(tuple(params["axes"]), initial=_least(x.dtype)),
    "reduce_prod": lambda params, x: x.prod(tuple(params["axes"]), dtype=x.dtype),
    "reduce_and": lambda params, x: np.bitwise_and.reduce(x, tuple(params["axes"])),
    "reduce_or": lambda params, x: np.bitwise_or.reduce(x, tuple(params["axes"])),
    "real": lambda params, x: x.real,
    "imag": lambda params, x: x.imag,
    "complex": lambda params, real, imag: join([real, imag], COMPLEX),
}
# Rules that mean for complex numbers what JAX means.
_COMPLEX = frozenset((
    "add", "sub", "neg", "mul", "eq", "ne", "stop_gradient", "copy", "broadcast_in_dim", "select_n", "transpose",
    "reshape", "squeeze", "expand_dims", "concatenate", "slice", "rev", "reduce_sum", "real", "imag", "complex",
))  # fmt: skip
# Rules whose operands may stay lazy. A reshape, a reduction or a join has to see every element.
_LAZY = frozenset(
    (
        *_ELEMENTWISE,
        "div",
        "rem",
        "convert_element_type",
        "broadcast_in_dim",
        "select_n",
        "integer_pow",
        "transpose",
        "real",
        "imag",
        "complex",
    )
)


def _least(dtype: np.dtype[Any]) -> Any:
    return False if dtype.kind == "b" else np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf
