"""A bias becomes part of the convolution or matrix product that it is added to."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Graph, Node, Value
from totfjs.graph.ops import spec
from totfjs.passes.constants import READABLE, vector
from totfjs.passes.linear import LINEAR
from totfjs.passes.rewriting import Rule, Site, rewrite
from totfjs.weights.array import Dense

FUSABLE = tuple(op for op, linear in LINEAR.items() if linear.fused)


def fuse_bias(graph: Graph) -> Graph:
    """The graph in which a bias is added by the convolution or matrix product itself.

    Requires a constant with one number per channel, added to a Conv2D, DepthwiseConv2dNative or plain MatMul of
    constant weights that nothing else reads. Ensures a bias of rank 1, which is all that wasm takes. Products with
    a transposed operand stay apart: wasm adds their bias several times.
    """
    return rewrite(graph, RULES)


def _bias(site: Site) -> Tensor | None:
    data, other = site.inputs
    if site.array(other) is None and site.node.op == "AddV2":
        data, other = other, data
    node = site.inner(data, *FUSABLE)
    bias = vector(site.array(other), node.types[0].shape) if node else None
    if node is None or bias is None or not _plain(site, node):
        return None
    if site.node.op == "Sub":
        if bias.size > READABLE:
            return None
        bias = Dense(-bias.numpy())
    name = other.node if bias is site.array(other) else f"{other.node}/bias"
    constant = other if bias is site.array(other) else site.const(bias, name)
    return _fused(site, node, constant)


def _fused(site: Site, node: Node, bias: Value | Tensor) -> Tensor:
    op = LINEAR[node.op].fused or ""
    known = {attr.name for attr in spec(op).attrs}
    attrs = {name: value for name, value in node.attrs.items() if name in known}
    return site.op(op, *site.operands(node), bias, **attrs, fused_ops=("BiasAdd",), num_args=1)


def _plain(site: Site, node: Node) -> bool:
    """Constant weights, and neither operand transposed."""
    weights = site.operands(node)[LINEAR[node.op].weights]
    transposes = (node.attrs.get("transpose_a", False), node.attrs.get("transpose_b", False))
    return site.array(weights) is not None and not any(transposes)


RULES = (Rule("a bias per channel", ("AddV2", "BiasAdd", "Sub"), _bias),)
