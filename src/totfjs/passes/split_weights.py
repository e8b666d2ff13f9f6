"""Products with very large weights are computed some columns at a time.

On wasm each few rows go through all of the weights. From some 6 MB on that takes 7 to 35 % longer than it would in
parts of 3 MB; more, the more the machine has to do besides.
"""

from __future__ import annotations

from math import prod

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Graph
from totfjs.graph.types import DType
from totfjs.passes.constants import divided
from totfjs.passes.rewriting import Rule, Site, rewrite

# Weights of more elements than this are split, into parts of no more than that if they can be.
LARGE, PART = 1_500_000, 800_000
# Each part should be this much work; fewer rows read the weights only once or twice.
LEAST_ROWS = 32
# The kernel computes this many columns at once.
COLUMNS = 8
MOST_PARTS = 16


def split_weights(graph: Graph) -> Graph:
    """The graph in which wasm has no product or convolution with weights of more than 6 MB for 32 rows or more.

    Requires a product, or convolution, of float32 with constant weights that nothing else reads; symbols of dims
    that are known only when the model runs count as 1. Ensures products with equal parts of the columns, or channels,
    and one concatenation. Exact. A GPU has a few more ops to dispatch; nothing is done where wasm is not among the
    backends.
    """
    return rewrite(graph, RULES) if "wasm" in graph.backends else graph


def _split(site: Site) -> Tensor | None:
    x, weights, *rest = site.inputs
    array, shape = site.array(weights), site.node.types[0].shape
    if array is None or array.size <= LARGE or not site.sole(weights) or _rows(site) < LEAST_ROWS:
        return None
    count = _count(array.size, array.shape[-1])
    if count < 2 or site.node.types[0].dtype is not DType.FLOAT32 or not _plain(site):
        return None
    axis = array.ndim - 1
    columns = [site.const(part, f"{weights.node}/{index}") for index, part in enumerate(divided(array, axis, count))]
    others = [_spread(site, slot, count) for slot in range(2, 2 + len(rest))]
    operands = zip(columns, *others, strict=True)
    products = [site.op(site.node.op, x, *operand, **site.node.attrs) for operand in operands]
    return site.op("ConcatV2", *products, site.const(np.array(len(shape) - 1, np.int32), "axis"))


def _rows(site: Site) -> int:
    sizes = site.node.types[0].shape[:-1]
    return prod(size if isinstance(size, int) else size.evaluate(dict.fromkeys(size.symbols, 1)) for size in sizes)


def _count(size: int, columns: int) -> int:
    """Into how many parts: as few as make them small enough, else as many as there may be."""
    possible = [count for count in range(1, MOST_PARTS + 1) if columns % (count * COLUMNS) == 0]
    return next((count for count in possible if size <= count * PART), max(possible, default=1))


def _plain(site: Site) -> bool:
    """Constant vectors beside the weights, and neither operand transposed."""
    transposes = (site.node.attrs.get("transpose_a", False), site.node.attrs.get("transpose_b", False))
    columns = site.node.types[0].shape[-1]
    vectors = [site.array(value) for value in site.inputs[2:]]
    return not any(transposes) and all(vector is not None and vector.shape == (columns,) for vector in vectors)


def _spread(site: Site, slot: int, count: int) -> list[Tensor]:
    value = site.inputs[slot]
    array = site.array(value)
    found = divided(array, 0, count) if array is not None else []
    return [site.const(part, f"{value.node}/{index}") for index, part in enumerate(found)]


RULES = (Rule("very large weights", ("MatMul", "_FusedMatMul", "Conv2D", "_FusedConv2D"), _split),)
