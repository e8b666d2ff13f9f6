"""The lowering that a first draft would have: one equation after the other, each to its own op.

Nothing is looked at twice and nothing folded: a broadcast_in_dim is a Reshape and a BroadcastTo where it changes the
shape, relu is a Maximum, softmax its parts, constants are computed when the model runs, loops are unrolled. What needs
several ops (a convolution, a product) is lowered by the recipes.

In a jaxpr the operands of arithmetic may have dims of size 1 where the result has more. An op of TensorFlow.js takes
them so, and op by op means that it gets them so: a ResNet-50 has 655 nodes then. To spread them first, as HLO would,
makes 814 of them and a weaker opponent: that is the variant `spread`. Scalars are always left to the op.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.edit import prune
from totfjs.graph.graph import Graph
from totfjs.recipes.shapes import broadcast_to, reshape
from totfjs.sources.jax import _compat
from totfjs.sources.jax.dtypes import graph_dtype
from totfjs.sources.jax.equation import Equation, aval_of
from totfjs.sources.jax.fixed import array_of
from totfjs.sources.jax.primitives import rules

ARITHMETIC = ("add", "sub", "mul", "div", "max", "min")
# Primitives whose rules would look at what surrounds them.
PLAIN = {"max": "Maximum", "min": "Minimum", "div": "RealDiv"}


def op_by_op(source: Any, *, spread: bool = False) -> Graph:
    """The graph of a JAX model, lowered in this manner; with `spread` no op of arithmetic broadcasts but scalars."""
    builder = Builder()
    fed = [builder.input(name, kind.dtype, kind.shape) for name, kind in source.inputs.items()]
    weights = [builder.const(array_of(weight.leaf), name=weight.name) for weight in source.traced.weights]
    closed = source.traced.jaxpr
    captured = [builder.const(np.asarray(value)) for value in closed.consts]
    results = _block(builder, closed.jaxpr, [*captured, *weights, *fed], spread)
    return prune(builder.build({name: results[index] for name, index in source.chosen.items()}))


def _block(builder: Builder, jaxpr: Any, operands: Sequence[Tensor], spread: bool) -> list[Tensor]:
    values: dict[Any, Tensor] = dict(zip([*jaxpr.constvars, *jaxpr.invars], operands, strict=True))

    def read(atom: Any) -> Tensor:
        if not _compat.is_literal(atom):
            return values[atom]
        return builder.const(np.asarray(atom.val), graph_dtype(str(atom.aval.dtype)))

    for equation in _needed(jaxpr):
        results = _equation(builder, equation, [read(atom) for atom in equation.invars], spread)
        values.update(zip(equation.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _needed(jaxpr: Any) -> list[Any]:
    """The equations that the results depend on."""
    wanted, found = set(map(id, jaxpr.outvars)), []
    for equation in reversed(jaxpr.eqns):
        if wanted.intersection(map(id, equation.outvars)):
            wanted.update(map(id, equation.invars))
            found.append(equation)
    return found[::-1]


def _equation(builder: Builder, equation: Any, operands: list[Tensor], spread: bool) -> Sequence[Tensor]:
    name, params = equation.primitive.name, equation.params
    inner = _compat.inner_jaxpr(name, params)
    if inner is not None:
        consts = [builder.const(np.asarray(value)) for value in inner.consts]
        return _block(builder, inner.jaxpr, [*consts, *operands[len(operands) - len(inner.jaxpr.invars) :]], spread)
    if name == "scan":
        return _scan(builder, params, operands, spread)
    if name == "broadcast_in_dim":
        return [_broadcast(operands[0], params["shape"], params["broadcast_dimensions"])]
    if spread and name in ARITHMETIC:
        shape = aval_of(equation.outvars[0].aval).shape
        operands = [broadcast_to(operand, shape) if operand.rank else operand for operand in operands]
    if name in PLAIN:
        return [builder.op(PLAIN[name], *operands)]
    inputs = tuple(aval_of(atom.aval) for atom in equation.invars)
    outputs = tuple(aval_of(variable.aval) for variable in equation.outvars)
    found = rules()[name](Equation(builder, name, params, inputs, outputs), *operands)
    results = [found] if isinstance(found, Tensor) else list(found)
    return [broadcast_to(tensor, aval.shape) for tensor, aval in zip(results, outputs, strict=True)]


def _broadcast(x: Tensor, shape: Sequence[int], axes: Sequence[int]) -> Tensor:
    sizes = [1] * len(shape)
    for axis, size in zip(axes, x.shape, strict=True):
        sizes[axis] = int(str(size))
    return broadcast_to(reshape(x, tuple(sizes)), tuple(shape))


def _scan(builder: Builder, params: Any, operands: list[Tensor], spread: bool) -> list[Tensor]:
    body, consts, length = params["jaxpr"], params["num_consts"], params["length"]
    fixed, carry = operands[:consts], operands[consts : consts + params["num_carry"]]
    rows = [builder.ops("Unpack", x, axis=0, num=length) for x in operands[consts + params["num_carry"] :]]
    stacked: list[list[Tensor]] = []
    for turn in range(length):
        known = [builder.const(np.asarray(value)) for value in body.consts]
        results = _block(builder, body.jaxpr, [*known, *fixed, *carry, *(row[turn] for row in rows)], spread)
        carry = results[: len(carry)]
        stacked.append(results[len(carry) :])
    return [*carry, *(builder.op("Pack", *turns, axis=0) for turns in zip(*stacked, strict=True))]
