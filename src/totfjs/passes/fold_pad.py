"""Zero padding goes into the convolution that follows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.graph import Graph, Node
from totfjs.graph.ops.windows import windows
from totfjs.passes.constants import all_equal
from totfjs.passes.rewriting import Rule, Site, rewrite

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative", "_FusedConv2D", "FusedDepthwiseConv2dNative")


def fold_pad(graph: Graph) -> Graph:
    """The graph in which convolutions pad for themselves.

    Requires Pad, or PadV2 with 0, by constant amounts of the two spatial axes only, read by nothing but a
    convolution whose own padding is VALID or EXPLICIT. Ensures SAME where that means the same, EXPLICIT otherwise.
    Pools stay as they are: what lies outside does not count for them.
    """
    return rewrite(graph, RULES)


def _fold(site: Site) -> Tensor | None:
    padded, weights, *rest = site.inputs
    node = site.inner(padded, "Pad", "PadV2")
    pads = _spatial(site, node) if node else None
    own = _own(site.node)
    if node is None or pads is None or own is None:
        return None
    x = site.operands(node)[0]
    total = [a + b for a, b in zip(pads, own, strict=True)]
    padding = _padding(site, total, site.type(x).shape, site.type(weights).shape)
    return site.op(site.node.op, x, weights, *rest, **{**site.node.attrs, **padding})


def _spatial(site: Site, node: Node) -> list[int] | None:
    """Rows and columns before and after, flat; None if anything else is padded, or with anything but zero."""
    operands = site.operands(node)
    amounts = site.constant(operands[1])
    if amounts is None or amounts.shape != (4, 2) or (amounts < 0).any() or amounts[[0, 3]].any():
        return None
    if node.op == "PadV2" and not all_equal(site.constant(operands[2]), 0):
        return None
    return [int(amount) for amount in amounts[1:3].reshape(-1)]


def _own(node: Node) -> list[int] | None:
    """The padding that a convolution already has."""
    if node.attrs["padding"] == "VALID":
        return [0, 0, 0, 0]
    return list(node.attrs["explicit_paddings"][2:6]) if node.attrs["padding"] == "EXPLICIT" else None


def _padding(site: Site, pads: Sequence[int], shape: Shape, kernel: Shape) -> dict[str, object]:
    explicit: dict[str, object] = {"padding": "EXPLICIT", "explicit_paddings": (0, 0, *pads, 0, 0)}
    spatial = [size for size in shape[1:3] if isinstance(size, int)]
    sizes = [size for size in kernel[:2] if isinstance(size, int)]
    if len(spatial) < 2 or len(sizes) < 2:
        return explicit
    same = windows({**site.node.attrs, "padding": "SAME"}, sizes)
    exact = windows({**site.node.attrs, **explicit}, sizes)
    if same.starts_late(spatial):
        return explicit
    if same.counts(spatial) == exact.counts(spatial) and np.array_equal(same.pads(spatial), exact.pads(spatial)):
        return {"padding": "SAME", "explicit_paddings": ()}
    return explicit


RULES = (Rule("zero padding before a convolution", CONVOLUTIONS, _fold),)
