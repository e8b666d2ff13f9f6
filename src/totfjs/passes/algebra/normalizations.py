"""Normalizations: the variance from what is left when the mean is taken off, which is computed anyway."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Node, Value
from totfjs.graph.types import DType
from totfjs.passes.algebra.reductions import axes_of
from totfjs.passes.algebra.scaling import never_negative
from totfjs.passes.algebra.shapes import RESHAPES
from totfjs.passes.rewriting import Rule, Site


def _centred_variance(site: Site) -> Tensor | None:
    """mean(x²) - mean(x)² = mean((x - mean(x))²), where x - mean(x) is computed too.

    Without its cancellation the variance is the more accurate one, and it is never below zero.
    """
    first, second = (site.inner(value, op) for value, op in zip(site.inputs, ("Mean", "Square"), strict=True))
    if first is None or second is None or site.node.types[0].dtype is not DType.FLOAT32:
        return None
    squared = site.inner(site.operands(first)[0], "Square")
    mean = site.producer(site.operands(second)[0], "Mean")
    if squared is None or mean is None or dict(first.attrs) != dict(mean.attrs):
        return None
    x, over = site.operands(mean)
    axes = axes_of(site, mean)
    if site.operands(squared)[0] != x or not axes or axes != axes_of(site, first) or not _is_centred(site, mean, x):
        return None
    kept = site.op("Mean", x, over, **{**mean.attrs, "keep_dims": True})
    return site.op("Mean", site.op("Square", site.op("Sub", x, kept)), over, **first.attrs)


def _is_centred(site: Site, mean: Node, x: Value) -> bool:
    """Whether something takes the mean off."""
    readers = [reader for reader, _ in site.graph.consumers.get(mean.values[0], ())]
    spread = [node for node in readers if node.op in RESHAPES]
    readers += [reader for node in spread for reader, _ in site.graph.consumers.get(node.values[0], ())]
    return any(node.op == "Sub" and site.operands(node)[0] == x for node in readers)


def _clamped(site: Site) -> Value | None:
    """max(x, 0) = x for what is never below zero."""
    return site.inputs[0] if never_negative(site, site.inputs[0]) else None


RULES = (
    Rule("mean(x²) - mean(x)²", ("Sub",), _centred_variance),
    Rule("max(x, 0) of what is never below zero", ("Relu",), _clamped),
)
