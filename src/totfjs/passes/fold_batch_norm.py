"""Batch normalization, and any other factor and offset per channel, goes into the weights of what it follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.types import DType
from totfjs.passes.constants import channels
from totfjs.passes.linear import LINEAR, scaled_weights, with_operand
from totfjs.passes.rewriting import Rule, Site, rewrite

NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
STEPS = ("AddV2", "BiasAdd", "Sub", "Mul", "RealDiv", *NORMS)
# Factors beyond these would push weights of usual size out of the range in which floats keep their precision.
SMALLEST, LARGEST = 1e-20, 1e20


def fold_batch_norm(graph: Graph) -> Graph:
    """The graph in which linear ops are followed by at most one offset per channel.

    Requires a chain of sums, products and normalizations with constants that spread over the channel axis alone, on
    a convolution, depthwise or transposed convolution, or matrix product with constant weights, each read by the
    next only. Ensures that the chain is one AddV2 with a vector, or nothing; the weights carry the factor, as new
    constants computed in float64. Leaves the chain alone where a factor or offset is not finite or extreme.
    """
    return rewrite(graph, RULES)


@dataclass(frozen=True, slots=True)
class Affine:
    """x * scale + offset, for each channel."""

    scale: np.ndarray
    offset: np.ndarray

    def then(self, scale: np.ndarray | float, offset: np.ndarray | float) -> Affine:
        """This, and then another factor and offset."""
        return Affine(self.scale * scale, self.offset * scale + offset)


def _fold(site: Site) -> Tensor | None:
    if _goes_on(site):
        return None
    chain, linear = _chain(site)
    if linear is None or site.node.types[0].dtype is not DType.FLOAT32:
        return None
    if any(step.types[0] != linear.types[0] for step in chain):
        return None
    affine = _affine(site, chain)
    if affine is None or (len(chain) == 1 and bool((affine.scale == 1).all())):
        return None
    return _applied(site, linear, affine)


def _chain(site: Site) -> tuple[list[Node], Node | None]:
    """The steps from the linear op up to the matched node, in order, and that op."""
    steps: list[Node] = [site.node]
    while True:
        value = _data(site, steps[0])
        node = site.inner(value, *STEPS, *LINEAR) if value is not None else None
        if node is None:
            return steps, None
        if node.op in LINEAR:
            weights = site.operands(node)[LINEAR[node.op].weights]
            return steps, node if site.array(weights) is not None else None
        if any(site.graph.uses(other) for other in node.values[1:]):
            return steps, None
        steps.insert(0, node)


def _data(site: Site, node: Node) -> Value | None:
    """The operand of a step that is not constant."""
    operands = site.operands(node)
    if node.op in NORMS or node.op == "RealDiv":
        return operands[0]
    open_operands = [value for value in operands if site.array(value) is None]
    return open_operands[0] if len(open_operands) == 1 else None


def _goes_on(site: Site) -> bool:
    """Whether the only reader of the node is a step too: then the chain is folded from there."""
    readers = site.graph.consumers.get(site.node.values[0], ())
    if len(readers) != 1 or not site.sole(site.node.values[0]) or readers[0][0].op not in STEPS:
        return False
    reader = readers[0][0]
    if reader.types[0] != site.node.types[0]:
        return False
    return _data(site, reader) == site.node.values[0] and _step(site, reader, _identity(reader)) is not None


def _identity(node: Node) -> Affine:
    size = node.types[0].shape[-1] if node.types[0].shape else 1
    count = size if isinstance(size, int) else 1
    return Affine(np.ones(count), np.zeros(count))


def _affine(site: Site, chain: list[Node]) -> Affine | None:
    affine: Affine | None = _identity(chain[-1])
    for node in chain:
        affine = _step(site, node, affine) if affine is not None else None
    if affine is None:
        return None
    sizes = np.abs(affine.scale[affine.scale != 0])
    usual = bool(np.isfinite(affine.scale).all() and ((sizes > SMALLEST) & (sizes < LARGEST)).all())
    return affine if usual and bool((np.abs(affine.offset) < LARGEST).all()) else None


def _step(site: Site, node: Node, affine: Affine) -> Affine | None:
    """The affine map with one more step; None unless that is a number per channel."""
    with np.errstate(all="ignore"):
        if node.op in NORMS:
            return _normalized(site, node, affine)
        first, second = site.operands(node)
        constant = site.constant(second) if site.array(second) is not None else site.constant(first)
        number = channels(constant, node.types[0].shape)
        if number is None or constant is None or constant.dtype != np.float32:
            return None
        return _arithmetic(node.op, number.astype(np.float64), affine, constant_first=site.array(second) is None)


def _arithmetic(op: str, number: np.ndarray, affine: Affine, *, constant_first: bool) -> Affine | None:
    match op:
        case "Sub" if constant_first:
            return affine.then(-1.0, number)
        case "Sub":
            return affine.then(1.0, -number)
        case "Mul":
            return affine.then(number, 0.0)
        case "RealDiv":
            return None if constant_first else affine.then(1 / number, 0.0)
    return affine.then(1.0, number)


def _normalized(site: Site, node: Node, affine: Affine) -> Affine | None:
    operands = site.operands(node)[1:]
    constants = [channels(site.constant(value), node.types[0].shape) for value in operands]
    if node.attrs.get("is_training", False) or node.attrs.get("data_format", "NHWC") != "NHWC":
        return None
    if len(constants) != 4 or any(constant is None for constant in constants):
        return None
    scale, offset, mean, variance = (np.asarray(constant, np.float64) for constant in constants)
    factor = scale / np.sqrt(variance + node.attrs["epsilon"])
    return affine.then(1.0, -mean).then(factor, offset)


def _applied(site: Site, linear: Node, affine: Affine) -> Tensor | None:
    slot = LINEAR[linear.op].weights
    operands = site.operands(linear)
    result = site.edit.tensor(linear.values[0])
    if not bool((affine.scale == 1).all()):
        array = site.array(operands[slot])
        weights = scaled_weights(linear, array, affine.scale) if array is not None else None
        if weights is None:
            return None
        constant = site.const(weights, operands[slot].node)
        result = site.op(linear.op, *with_operand(operands, slot, constant), **linear.attrs)
        site.edit.wish(result.value.node, linear.name)
    if not affine.offset.any():
        return result
    return site.op("AddV2", result, site.const(affine.offset.astype(np.float32), f"{site.node.name}/offset"))


RULES = (Rule("a factor and offset per channel", STEPS, _fold),)
