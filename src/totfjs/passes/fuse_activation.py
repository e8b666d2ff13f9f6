"""An activation becomes part of the fused op that it follows."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Graph
from totfjs.passes.constants import vector
from totfjs.passes.elementwise import ACTIVATIONS
from totfjs.passes.linear import LINEAR
from totfjs.passes.rewriting import Rule, Site, rewrite

FUSED = tuple(linear.fused for linear in LINEAR.values() if linear.fused)


def fuse_activation(graph: Graph) -> Graph:
    """The graph in which a fused op applies the activation that follows it.

    Requires a fused op that has a bias and no activation yet, read by nothing but the activation: without a bias the
    runtime would drop the activation. Ensures `fused_ops` of exactly BiasAdd and the activation.
    """
    return rewrite(graph, RULES)


def _activation(site: Site) -> Tensor | None:
    node = site.inner(site.inputs[0], *FUSED)
    if node is None or tuple(node.attrs["fused_ops"]) != ("BiasAdd",):
        return None
    attrs = {**node.attrs, "fused_ops": ("BiasAdd", site.node.op)}
    if site.node.op == "LeakyRelu":
        attrs["leakyrelu_alpha"] = site.node.attrs["alpha"]
    return site.op(node.op, *site.operands(node), **attrs)


def _prelu(site: Site) -> Tensor | None:
    node = site.inner(site.inputs[0], *FUSED)
    if node is None or tuple(node.attrs["fused_ops"]) != ("BiasAdd",):
        return None
    slope = vector(site.array(site.inputs[1]), node.types[0].shape)
    if slope is None:
        return None
    alpha = site.inputs[1] if slope is site.array(site.inputs[1]) else site.const(slope, site.inputs[1].node)
    attrs = {**node.attrs, "fused_ops": ("BiasAdd", "Prelu"), "num_args": 2}
    return site.op(node.op, *site.operands(node), alpha, **attrs)


RULES = (
    Rule("an activation after a bias", tuple(sorted(ACTIVATIONS)), _activation),
    Rule("Prelu after a bias", ("Prelu",), _prelu),
)
