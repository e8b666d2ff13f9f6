"""Packed values: the heads of attention are joined by one concatenation."""

from __future__ import annotations

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.passes.algebra.shapes import RESHAPES, reshape
from totfjs.passes.algebra.transposes import perm_of, transpose
from totfjs.passes.rewriting import Rule, Site


def _concatenated(site: Site) -> Tensor | None:
    """Packing along an axis in front of another one is a concatenation along that, in another shape."""
    node = site.inner(site.inputs[0], "Pack")
    if node is None or _without_ones(node.types[0].shape) == _without_ones(site.node.types[0].shape):
        return None
    axis = node.attrs["axis"] % node.types[0].rank
    if axis == node.types[0].rank - 1:
        return None
    whole = site.op("ConcatV2", *site.operands(node), site.const(np.array(axis, np.int32), "axis"))
    return reshape(site, whole.value, site.node.types[0].shape)


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def _packed_elsewhere(site: Site) -> Tensor | None:
    """A transpose that moves the packed axis alone."""
    node, perm = site.inner(site.inputs[0], "Pack"), perm_of(site, site.node)
    if node is None or perm is None:
        return None
    axis = node.attrs["axis"] % len(perm)
    rest = [place for place in perm if place != axis]
    if rest != sorted(rest):
        return None
    return site.op("Pack", *site.operands(node), **{**node.attrs, "axis": perm.index(axis)})


def _of_fewer_axes(site: Site) -> Tensor | None:
    """A transpose of what a reshape only gave dims of 1: those are given afterwards."""
    node, perm = site.inner(site.inputs[0], *RESHAPES), perm_of(site, site.node)
    if node is None or perm is None:
        return None
    value, shape = site.operands(node)[0], node.types[0].shape
    kept = [axis for axis, size in enumerate(shape) if size != 1]
    before = site.type(value).shape
    if len(before) >= len(shape) or before != tuple(shape[axis] for axis in kept):
        return None
    moved = transpose(site, value, [kept.index(axis) for axis in perm if axis in kept])
    return reshape(site, moved.value, site.node.types[0].shape)


RULES = (
    Rule("reshape of a pack", RESHAPES, _concatenated),
    Rule("transpose of a pack", ("Transpose",), _packed_elsewhere),
    Rule("transpose of fewer axes", ("Transpose",), _of_fewer_axes),
)
