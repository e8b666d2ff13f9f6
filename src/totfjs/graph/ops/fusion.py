"""What `fused_ops` adds to a convolution or a matrix product: a bias, then an activation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from totfjs.graph.dims import Shape, Size
from totfjs.graph.ops.spec import BACKENDS, F32, GPUS, Attr, Call, Difference, Input, Limit, Meaning, operand_count
from totfjs.graph.ops.windows import same_size

ACTIVATIONS = ("Relu", "Relu6", "Elu", "LeakyRelu", "Prelu", "Sigmoid")

ARGS = Input("args", frozenset((F32,)), variadic=True)
FUSED_OPS = Attr("fused_ops", "strings", ())
NUM_ARGS = Attr("num_args", "int", operand_count(minus=2))
EPSILON = Attr("epsilon", "float", 0.0001)
LEAKYRELU_ALPHA = Attr("leakyrelu_alpha", "float", 0.2)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.float32(1) / (np.float32(1) + np.exp(-x)))


_SIMPLE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Relu": lambda x: np.maximum(x, np.float32(0)),
    "Relu6": lambda x: np.clip(x, np.float32(0), np.float32(6)),
    "Elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "Sigmoid": _sigmoid,
}


def finish(x: np.ndarray, args: Sequence[np.ndarray], fused_ops: Sequence[str], alpha: float) -> np.ndarray:
    """Adds the bias and applies the activation that `fused_ops` names."""
    for fused in fused_ops:
        if fused == "BiasAdd":
            x = x + args[0]
        elif fused == "LeakyRelu":
            x = np.where(x > 0, x, x * np.float32(alpha))
        elif fused == "Prelu":
            x = np.where(x > 0, x, x * args[-1])
        else:
            x = _SIMPLE[fused](x)
    return x


def check_fused(call: Call, channels: Size) -> None:
    """Raises ValueError unless `fused_ops` is a list that the runtime knows and its operands are there."""
    fused = tuple(call.attrs["fused_ops"])
    head = fused[1:] if fused[:1] == ("BiasAdd",) else fused
    if len(head) > 1 or any(name not in ACTIVATIONS for name in head):
        raise ValueError(f"fused_ops={list(fused)} is not BiasAdd and one of {', '.join(ACTIVATIONS)}")
    expected = ("BiasAdd" in fused) + ("Prelu" in fused)
    if len(call.operands) - 2 != expected or call.attrs["num_args"] != expected:
        raise ValueError(f"fused_ops={list(fused)} takes {expected} operands after the first two")
    if "BiasAdd" in fused:
        _check_bias(call.shape(2), channels)
    if "Prelu" in fused and call.rank(len(call.operands) - 1) > 3:
        raise ValueError("the slope of Prelu is a scalar, one for each channel, or one for each place in an image")


def _check_bias(shape: Shape, channels: Size) -> None:
    if len(shape) != 1:
        raise ValueError(f"the bias has to have rank 1, not {len(shape)}")
    same_size("sizes of bias and output differ", shape[0], channels)


def has_bias(call: Call) -> bool:
    """Whether a bias is fused in."""
    return "BiasAdd" in call.attrs["fused_ops"]


BARE_ACTIVATION = Limit(
    BACKENDS,
    "wrong",
    "an activation is not applied unless BiasAdd comes before it",
    lambda call: bool(call.attrs["fused_ops"]) and call.attrs["fused_ops"][0] != "BiasAdd",
)


def nan_rectified(meaning: Meaning) -> Difference:
    """Where Relu and Relu6 meet NaN: most of the kernels on wasm make 0 of it."""

    def meets(call: Call) -> bool:
        if not {"Relu", "Relu6"} & set(call.attrs["fused_ops"]):
            return False
        first, second, *args = (operand.value for operand in call.operands)
        with np.errstate(all="ignore"):
            return bool(np.isnan(meaning(first, second, args, **call.attrs)).any())

    return Difference(("wasm",), "Relu and Relu6 may turn NaN into 0", meets)


def _activates_what_is_not_finite(call: Call) -> bool:
    activations = set(call.attrs["fused_ops"]) - {"BiasAdd"}
    values = (call.known(slot) for slot in range(len(call.operands)))
    return bool(activations) and not all(np.isfinite(value).all() for value in values)


GPU_ACTIVATION = Difference(
    GPUS,
    "what activations make of NaN and infinities is up to the driver",
    _activates_what_is_not_finite,
    certain=False,
)
