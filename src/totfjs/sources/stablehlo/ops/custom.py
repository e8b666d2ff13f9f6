"""Calls by name and composites: what names a primitive of JAX is that, what is nothing on one device is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from totfjs.errors import InputSpecError
from totfjs.graph.ops import OpError
from totfjs.sources.stablehlo import known
from totfjs.sources.stablehlo.interpret import array
from totfjs.sources.stablehlo.operation import Op, Rule, Value
from totfjs.sources.stablehlo.ops.elementwise import RULES as ELEMENTWISE
from totfjs.sources.stablehlo.ops.linalg import CALLS, option
from totfjs.sources.stablehlo.ops.ordering import largest
from totfjs.sources.stablehlo.ops.reduction import windowed
from totfjs.sources.stablehlo.regions import order

_PYTHON = "it calls Python while the model runs, and there is no Python in a browser"
_KERNEL = "it is a kernel written for other hardware; export the function in plain JAX"


def custom_call(op: Op, *operands: Value) -> Value | Sequence[Value]:
    """A call of something by its name."""
    target = op.text("call_target_name")
    rule = _TAKING_SIZES.get(target)
    if rule is not None:
        return rule(op, *operands)
    rule = _TARGETS.get(target)
    if rule is not None:
        shapes = op.attribute("indices_of_shape_operands")
        left_out = set() if shapes is None else {int(each) for each in np.array(shapes).reshape(-1)}
        return rule(op, *(array(operand) for index, operand in enumerate(operands) if index not in left_out))
    if "callback" in target:
        raise OpError(_PYTHON)
    if target in ("tpu_custom_call", "triton_kernel_call", "__gpu$xla.gpu.triton"):
        raise OpError(_KERNEL)
    raise OpError("it calls a library of another machine, or one that totfjs does not know")


def composite(op: Op, *operands: Value) -> Value | Sequence[Value]:
    """An operation of another vocabulary: under its own name, or else as what it is made of."""
    name = op.text("name")
    given = op.attribute("composite_attributes")
    if name == "chlo.top_k" and given is not None:
        return largest(array(operands[0]), int(given["k"].value))
    rule = ELEMENTWISE.get(name) if name.startswith("chlo.") and given is None else None
    if rule is not None:
        return rule(op, *map(array, operands))
    decomposition = op.attribute("decomposition")
    assert decomposition is not None
    return op.interpreter.function(str(decomposition.value), operands)


def _called(op: Op) -> str:
    """The function of the module that a call takes."""
    called = op.attribute("called_computations")
    if called is None or not len(called):
        raise OpError("it names no function of the module")
    return str(called[0].value)


def same(op: Op, *xs: Value) -> Sequence[Value]:
    """The operands as they are."""
    return list(xs)[: len(op.operation.results)]


def assertion(op: Op, holds: Value, *_: Value) -> Sequence[Value]:
    """What JAX demands of the sizes of inputs: checked where they are known."""
    if known.is_known(holds) and holds.dtype != object and not bool(holds):
        message = op.text("error_message").partition(" Using the following")[0]
        raise InputSpecError(
            f"The inputs do not fit the exported function: {message}",
            remedy="Describe the inputs with sizes that the function was exported for.",
        )
    return []


def dynamic_reduce_window(op: Op, *operands: Value) -> Sequence[Value]:
    """Windows whose sizes are in vectors."""
    if len(operands) != 7:
        raise OpError("windows over several arrays with dynamic sizes are not supported")
    x, start, *vectors = operands
    window, strides, base, inside, padding = (known.sizes(vector) for vector in vectors)
    name = _called(op)
    sizes = {
        "window": window,
        "strides": strides,
        "base": base,
        "inside": inside,
        "padding": tuple(zip(padding[::2], padding[1::2], strict=True)),
    }
    body = op.interpreter.program.body(name)

    def region(*values: Value) -> list[Value]:
        return op.interpreter.function(name, values)

    return [windowed(op, body, region, array(x), array(start), sizes)]


def dynamic_top_k(op: Op, x: Value, count: Value) -> Sequence[Value]:
    """The largest elements, so many as a size says."""
    return largest(array(x), known.sizes(count)[0])


def top_k_call(op: Op, x: Value) -> Sequence[Value]:
    """The largest elements, as XLA names it."""
    given = op.attribute("mhlo.attributes")
    if given is not None and "largest" in given and not bool(given["largest"].value):
        raise OpError("the smallest elements are not supported")
    return largest(x, op.types[0].shape[-1])


def approximate_top_k(op: Op, x: Value, places: Value, *_: Value) -> Sequence[Value]:
    """The largest or smallest elements, exactly."""
    name = _called(op)
    descending = order(op, [kind.dtype for kind in op.types], op.interpreter.program.body(name))[1]
    function = lax.approx_max_k if descending else lax.approx_min_k
    return list(function(x, int(option(op, "top_k")), reduction_dimension=int(option(op, "reduction_dim"))))


def unary(function: Any) -> Rule:
    """A function of the elements."""
    return lambda op, x: function(x)


_TAKING_SIZES: dict[str, Rule] = {
    "shape_assertion": assertion,
    "stablehlo.dynamic_reduce_window": dynamic_reduce_window,
    "stablehlo.dynamic_top_k": dynamic_top_k,
}
_TARGETS: dict[str, Rule] = {
    **dict.fromkeys(
        ("Sharding", "SPMDFullToShardShape", "SPMDShardToFullShape", "LayoutConstraint", "annotate_device_placement",
         "xla.sdy.FuncResultSharding", "MoveToHost", "MoveToDevice", "PinToDevice", "Unpin"),
        same,
    ),
    **{f"mhlo.{name}": unary(getattr(lax, name)) for name in ("erf", "asin", "acos", "atan", "sinh", "cosh", "asinh",
                                                               "acosh", "atanh", "tan")},
    "mhlo.topk": top_k_call,
    "ApproxTopK": approximate_top_k,
    "AllocateBuffer": lambda op: jnp.zeros(op.types[0].shape, op.types[0].dtype),
    **CALLS,
}  # fmt: skip
RULES: dict[str, Rule] = {"stablehlo.custom_call": custom_call, "stablehlo.composite": composite}
