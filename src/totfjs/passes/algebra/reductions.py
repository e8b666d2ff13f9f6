"""Reductions: means that are written out, and axes that are dropped only to be put back."""

from __future__ import annotations

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Node
from totfjs.graph.types import DType
from totfjs.passes.algebra.shapes import RESHAPES
from totfjs.passes.constants import scalar
from totfjs.passes.rewriting import Rule, Site

REDUCTIONS = ("Sum", "Mean", "Max", "Min", "Prod", "All", "Any")


def axes_of(site: Site, node: Node) -> tuple[int, ...] | None:
    """The axes that a reduction goes over, counted from the front."""
    x, axes = site.operands(node)
    found, rank = site.constant(axes), site.type(x).rank
    return None if found is None or not rank else tuple(sorted({int(axis) % rank for axis in found.reshape(-1)}))


def _mean(site: Site) -> Tensor | None:
    """sum(x) / n = mean(x) where n is how many are summed."""
    number = scalar(site.constant(site.inputs[1]))
    node = site.inner(site.inputs[0], "Sum")
    axes = axes_of(site, node) if node and site.node.types[0].dtype is DType.FLOAT32 else None
    if node is None or not axes:
        return None
    x, over = site.operands(node)
    if not number or number != dims.product(site.type(x).shape[axis] for axis in axes):
        return None
    return site.op("Mean", x, over, **node.attrs)


def _kept(site: Site) -> Tensor | None:
    """The axes that a reshape puts back are kept."""
    node = site.inner(site.inputs[0], *REDUCTIONS)
    axes = axes_of(site, node) if node and not node.attrs["keep_dims"] else None
    if node is None or axes is None:
        return None
    x, over = site.operands(node)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(site.type(x).shape))
    return site.op(node.op, x, over, **{**node.attrs, "keep_dims": True}) if kept == site.node.types[0].shape else None


RULES = (
    Rule("sum(x) / n", ("RealDiv",), _mean),
    Rule("axes put back", RESHAPES, _kept),
)
