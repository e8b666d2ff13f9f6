"""Nodes that TensorFlow's functions and operators leave in models of tf-keras, by TensorFlow's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, maximum
from totfjs.recipes.scans import cumulated
from totfjs.recipes.shapes import reshape, transpose
from totfjs.recipes.slicing import reverse, slice_axes
from totfjs.sources.keras.layers.kind import Rule
from totfjs.sources.keras.operations import arithmetic, indexing, linear, neural, reductions, shapes
from totfjs.sources.keras.operations import elementwise as unary
from totfjs.sources.keras.operations.binding import Function, arguments, as_tensor
from totfjs.sources.keras.operations.numbers import builder_of, cast, floating, floats, known, place, promoted, whole
from totfjs.sources.keras.operations.raw import raw_node
from totfjs.sources.keras.use import Use

_SPARED = ("name", "validate_indices", "out_type", "output_type", "conjugate", "validate_shape")
# Names of arguments that mean something else in Python.
_RENAMED = {"input": "x", "ord": "order", "sorted": "in_order"}


def _rule(use: Use) -> Any:
    """A call of one of TensorFlow's functions; those that are not in the table are refused by name."""
    name = str(use.config.get("function"))
    function = FUNCTIONS.get(name.removeprefix("compat.v1."))
    if function is None:
        raise use.refuse(f"tf.{name} {REFUSED.get(name, 'has no counterpart here')}")
    args, kwargs = arguments(use)
    kwargs = {_RENAMED.get(key, key): value for key, value in kwargs.items() if key not in _SPARED}
    return function(*args, **kwargs)


REFUSED: Mapping[str, str] = {
    "einsum": "takes operands that tf-keras does not write into its files",
    "boolean_mask": "gives as many elements as the data say",
    "unique": "gives as many elements as the data say",
}


def _pair(function: Function) -> Function:
    return lambda x, y: function(x, y)


def _reduced(name: str) -> Function:
    """A reduction; TensorFlow's mean of integers is an integer, and refused."""

    def function(input_tensor: Any, axis: Any = None, keepdims: Any = False, keep_dims: Any = None,
                 reduction_indices: Any = None) -> Any:  # fmt: skip
        x = as_tensor(builder_of(input_tensor), input_tensor)
        if name in ("Mean", "Var", "Std") and x.dtype is not DType.FLOAT32:
            raise OpError("TensorFlow's means of integers are integers, which is not supported")
        over = reduction_indices if axis is None else axis
        axes = over if over is None else [int(one) for one in shapes.sizes_of(over)]  # type: ignore[arg-type]
        return reductions.FUNCTIONS[name](x, axis=axes, keepdims=bool(keepdims or keep_dims))

    return function


def _placed(name: str) -> Function:
    def function(x: Any, axis: Any = None, dimension: Any = None) -> Tensor:
        over = dimension if axis is None else axis
        found: Tensor = reductions.FUNCTIONS[name](x, axis=0 if over is None else over)
        return found

    return function


def _cast(x: Any, dtype: Any) -> Tensor:
    if dtype in ("uint8", "int8", "int16", "uint16"):
        raise OpError(f"{dtype} wraps around where int32 does not")
    return cast(as_tensor(builder_of(x), x), dtype)


def _matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False,
            adjoint_b: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False,
            output_type: Any = None) -> Tensor:  # fmt: skip
    a, b = promoted(a, b)
    a = _turned(a) if transpose_a or adjoint_a else a
    return linear.matmul(a, _turned(b) if transpose_b or adjoint_b else b)


def _turned(x: Tensor) -> Tensor:
    return transpose(x, [*range(x.rank - 2), x.rank - 1, x.rank - 2])


def _list(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _split(value: Tensor, num_or_size_splits: Any, axis: Any = 0, num: Any = None) -> list[Tensor]:
    if isinstance(num_or_size_splits, int):
        return shapes.split(value, num_or_size_splits, axis)
    sizes = [whole(size) for size in shapes.sizes_of(num_or_size_splits)]
    if -1 in sizes:
        sizes[sizes.index(-1)] = known(value, place(axis, value.rank)) - sum(size for size in sizes if size != -1)
    return shapes.split(value, np.cumsum(sizes)[:-1].tolist(), axis)


def _pad(tensor: Tensor, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> Tensor:
    kind = mode.lower()
    return shapes.padded(tensor, paddings, kind, constant_values if kind == "constant" else None)


def _one_hot(indices: Tensor, depth: Any, on_value: Any = None, off_value: Any = None, axis: Any = None,
             dtype: Any = None) -> Tensor:  # fmt: skip
    codes = indexing.one_hot(indices, int(shapes.size_of(depth)), -1 if axis is None else axis, "bool")  # type: ignore[arg-type]
    one, zero = (1.0 if on_value is None else on_value), (0.0 if off_value is None else off_value)
    found = arithmetic.where(codes, one, zero)
    return found if dtype is None else cast(found, dtype)


def _gather(params: Any, indices: Any, axis: Any = None, batch_dims: int = 0) -> Tensor:
    if batch_dims:
        raise OpError("batch_dims of gather are not supported")
    return indexing.take(params, indices, 0 if axis is None else axis)


def _slice(input_: Tensor, begin: Any, size: Any) -> Tensor:
    starts, sizes = shapes.sizes_of(begin), shapes.sizes_of(size)
    stops: list[Size] = [
        input_.shape[axis] if count == -1 else start + count
        for axis, (start, count) in enumerate(zip(starts, sizes, strict=True))
    ]
    return slice_axes(input_, starts, stops)


def _item(x: Any, slice_spec: Any) -> Any:
    """`x[...]`; of a shape, one of its sizes."""
    return indexing.item(as_tensor(builder_of(x), x), _key(slice_spec))


def _key(spec: Any) -> Any:
    match spec:
        case {"start": start, "stop": stop, "step": step}:
            return slice(start, stop, step)
        case {"class_name": "__ellipsis__"}:
            return Ellipsis
        case [*items] | tuple(items):
            return tuple(map(_key, items))
    return spec


def _l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, dim: Any = None) -> Tensor:
    x = floating(x)
    squares: Tensor = reductions.FUNCTIONS["Sum"](elementwise("Square", x), dim if axis is None else axis, True)
    least = x.builder.const(float(epsilon), DType.FLOAT32)
    return elementwise("Mul", x, elementwise("Rsqrt", maximum(squares, least)))


def _cumulative(name: str, x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    (x,) = promoted(x, least=DType.INT32)
    op = {"Sum": "Cumsum", "Prod": "Cumprod"}[name]
    if x.dtype is not DType.FLOAT32 and name == "Prod":
        raise OpError("running products of integers are not supported")
    return cumulated(op, x, place(axis, x.rank), bool(exclusive), bool(reverse))


def _shape(x: Any) -> Tensor:
    return shapes.shape_of(as_tensor(builder_of(x), x))


def _norm(tensor: Any, order: Any = "euclidean", axis: Any = None, keepdims: Any = False, **_: Any) -> Tensor:
    axes = axis if axis is None or isinstance(axis, int) else list(axis)
    order = None if order in ("euclidean", "fro", 2) else order
    if isinstance(axes, list) and len(axes) > 1 and order is not None:
        raise OpError("norms of matrices are not supported")
    return linear.norm(tensor, order, axes, bool(keepdims))


def _bias_add(value: Any, bias: Any, data_format: Any = None) -> Tensor:
    x, bias = floats(value, bias)
    if data_format is not None and data_format.startswith("NC"):
        bias = reshape(bias, (*bias.shape, *[1] * (x.rank - 2)))
    return elementwise("AddV2", x, bias)


def _leaky_relu(features: Any, alpha: float = 0.2) -> Tensor:
    found: Tensor = neural.FUNCTIONS["LeakyRelu"](features, negative_slope=alpha)
    return found


def _squared_difference(x: Any, y: Any) -> Tensor:
    return unary.square(arithmetic.subtract(x, y))


def _clipped(t: Any, clip_value_min: Any, clip_value_max: Any) -> Tensor:
    return unary.clip(t, clip_value_min, clip_value_max)


def _added(inputs: Any) -> Tensor:
    total: Tensor = reduce(arithmetic.add, _list(inputs))
    return total


def _first(function: Function) -> Function:
    """A function of one tensor, whatever TensorFlow calls it."""

    def called(x: Any = None, **given: Any) -> Any:
        if x is None and len(given) == 1:
            x = given.popitem()[1]
        if given:
            raise OpError(f"its argument {', '.join(given)} is not supported")
        return function(as_tensor(builder_of(x), x))

    return called


def _soft(function: Callable[..., Tensor]) -> Function:
    def called(logits: Any, axis: Any = None, dim: Any = None) -> Tensor:
        over = dim if axis is None else axis
        return function(logits, -1 if over is None else over)

    return called


_UNARY = {
    **{f"math.{name}": kind for name, kind in {
        "abs": "Absolute", "negative": "Negative", "square": "Square", "sqrt": "Sqrt", "rsqrt": "Rsqrt", "exp": "Exp",
        "expm1": "Expm1", "log": "Log", "log1p": "Log1p", "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Arcsin",
        "acos": "Arccos", "atan": "Arctan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "asinh": "Arcsinh",
        "acosh": "Arccosh", "atanh": "Arctanh", "erf": "Erf", "erfc": "Erfc", "sign": "Sign", "floor": "Floor",
        "ceil": "Ceil", "round": "Round", "rint": "Round", "reciprocal": "Reciprocal", "is_nan": "Isnan",
        "is_inf": "Isinf", "is_finite": "Isfinite", "logical_not": "LogicalNot",
    }.items()},
    "identity": "Copy", "stop_gradient": "StopGradient", "convert_to_tensor": "Copy",
}  # fmt: skip
_NEURAL = {
    "nn.relu": "Relu", "nn.relu6": "Relu6", "nn.elu": "Elu", "nn.selu": "Selu", "math.sigmoid": "Sigmoid",
    "nn.silu": "Silu", "nn.swish": "Silu", "math.softplus": "Softplus", "nn.softsign": "Softsign",
    "math.log_sigmoid": "LogSigmoid",
}  # fmt: skip
_PAIRS = {
    "math.add": "Add", "math.subtract": "Subtract", "math.multiply": "Multiply", "math.divide": "Divide",
    "math.truediv": "Divide", "math.divide_no_nan": "DivideNoNan", "math.floordiv": "FloorDivide",
    "math.floormod": "Mod", "math.mod": "Mod", "math.pow": "Power", "math.maximum": "Maximum",
    "math.minimum": "Minimum", "math.atan2": "Arctan2", "math.equal": "Equal", "math.not_equal": "NotEqual",
    "math.greater": "Greater", "math.greater_equal": "GreaterEqual", "math.less": "Less",
    "math.less_equal": "LessEqual", "math.logical_and": "LogicalAnd", "math.logical_or": "LogicalOr",
    "math.logical_xor": "LogicalXor", "__operators__.add": "Add", "__operators__.eq": "Equal",
    "__operators__.ne": "NotEqual",
}  # fmt: skip
_REDUCED = {"sum": "Sum", "mean": "Mean", "max": "Max", "min": "Min", "prod": "Prod", "all": "All", "any": "Any",
            "variance": "Var", "std": "Std", "logsumexp": "Logsumexp"}  # fmt: skip

FUNCTIONS: dict[str, Function] = {
    **{name: _first(unary.FUNCTIONS[kind]) for name, kind in _UNARY.items()},
    **{name: _first(neural.FUNCTIONS[kind]) for name, kind in _NEURAL.items()},
    **{name: _pair(arithmetic.FUNCTIONS[kind]) for name, kind in _PAIRS.items()},
    **{f"math.reduce_{name}": _reduced(kind) for name, kind in _REDUCED.items()},
    "math.argmax": _placed("Argmax"), "math.argmin": _placed("Argmin"), "argmax": _placed("Argmax"),
    "argmin": _placed("Argmin"),
    "math.cumsum": partial(_cumulative, "Sum"), "math.cumprod": partial(_cumulative, "Prod"),
    "math.squared_difference": _squared_difference, "math.add_n": _added, "math.l2_normalize": _l2_normalize,
    "math.top_k": lambda x, k=1, in_order=True: indexing.top(x, k),
    "nn.softmax": _soft(neural.softmax), "nn.log_softmax": _soft(neural.log_softmax), "nn.bias_add": _bias_add,
    "nn.leaky_relu": _leaky_relu, "nn.depth_to_space": neural.depth_to_space,
    "nn.gelu": lambda features, approximate=False: neural.FUNCTIONS["Gelu"](features, approximate),
    "linalg.matmul": _matmul, "norm": _norm, "clip_by_value": _clipped, "cast": _cast, "concat": lambda values, axis:
    shapes.joined(_list(values), shapes.size_of(axis)), "stack": lambda values, axis=0:
    shapes.stacked(_list(values), axis), "unstack": lambda value, num=None, axis=0: shapes.unstacked(value, num, axis),
    "split": _split, "reshape": lambda tensor, shape: shapes.reshaped(tensor, shape),
    "transpose": lambda a, perm=None: shapes.transposed(a, perm), "pad": _pad,
    "linalg.matrix_transpose": lambda a: _turned(a),
    "expand_dims": lambda x, axis=None, dim=None: shapes.expanded(x, dim if axis is None else axis),
    "squeeze": lambda x, axis=None, squeeze_dims=None: shapes.squeezed(x, squeeze_dims or axis),
    "tile": lambda x, multiples: shapes.tiled(x, multiples), "shape": _shape,
    "repeat": lambda x, repeats, axis=None: shapes.repeated(x, repeats, axis),
    "broadcast_to": lambda x, shape: shapes.broadcast(x, shape),
    "reverse": lambda tensor, axis: reverse(tensor, [place(one, tensor.rank) for one in _list(axis)]),
    "roll": lambda x, shift, axis: shapes.rolled(x, shift, axis),
    "zeros_like": lambda x, dtype=None: shapes.filled(0)(x, dtype),
    "ones_like": lambda x, dtype=None: shapes.filled(1)(x, dtype), "one_hot": _one_hot, "gather": _gather,
    "slice": _slice, "where": lambda condition, x=None, y=None: arithmetic.where(condition, x, y),
    "__operators__.getitem": _item,
}  # fmt: skip
for _short in ("add", "subtract", "multiply", "divide", "truediv", "maximum", "minimum", "pow", "square", "sqrt", "exp",
               "abs", "sigmoid", "tanh", "reduce_sum", "reduce_mean", "reduce_max", "reduce_min"):  # fmt: skip
    FUNCTIONS[_short] = FUNCTIONS[f"math.{_short}"]

OPERATIONS: dict[str, Rule] = {"TFOpLambda": _rule, "SlicingOpLambda": _rule, "TensorFlowOpLayer": raw_node}
