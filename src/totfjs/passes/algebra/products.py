"""Matrix products in the one form that is fast on wasm: two matrices, neither of them transposed on the way."""

from __future__ import annotations

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Value
from totfjs.passes.algebra.shapes import reshape
from totfjs.passes.algebra.transposes import perm_of, transpose
from totfjs.passes.constants import DEAR, transposed
from totfjs.passes.rewriting import Rule, Site

FLAGS = {
    "MatMul": ("transpose_a", "transpose_b"),
    "BatchMatMul": ("adj_x", "adj_y"),
    "BatchMatMulV2": ("adj_x", "adj_y"),
}


def flags(site: Site) -> tuple[bool, bool]:
    """Whether the operands of a product are transposed on the way."""
    first, second = FLAGS[site.node.op]
    return bool(site.node.attrs[first]), bool(site.node.attrs[second])


def _transposed_weight(site: Site) -> Tensor | None:
    """A constant operand is stored transposed, unless a large one would then be stored twice."""
    operands: list[Value | Tensor] = list(site.inputs)
    found = list(flags(site))
    for slot, value in enumerate(site.inputs):
        array = site.array(value)
        if found[slot] and array is not None and (array.size <= DEAR or site.sole(value)):
            axes = list(range(array.ndim))
            operands[slot] = site.const(transposed(array, [*axes[:-2], axes[-1], axes[-2]]), value.node)
            found[slot] = False
    if tuple(found) == flags(site):
        return None
    names = dict(zip(FLAGS[site.node.op], found, strict=True))
    return site.op(site.node.op, *operands, **{**site.node.attrs, **names})


def _one_matrix(site: Site) -> Tensor | None:
    """A batch of rows times one matrix is one product of all the rows."""
    x, y = site.inputs
    rows, matrix = site.type(x).shape, site.type(y).shape
    adjoint_x, adjoint_y = flags(site)
    if adjoint_x or any(size != 1 for size in matrix[:-2]) or len(matrix) > max(len(rows), 2):
        return None
    flat = x if len(rows) == 2 else reshape(site, x, (dims.product(rows[:-1]), rows[-1]))
    right = y if len(matrix) == 2 else _matrix(site, y)
    if flat is None or right is None:
        return None
    product = site.op("MatMul", flat, right, transpose_a=False, transpose_b=adjoint_y)
    return product if len(rows) == 2 else reshape(site, product.value, site.node.types[0].shape)


def _transposed_product(site: Site) -> Tensor | None:
    """a.T @ b.T = (b @ a).T where one of the transposes then goes away and the new one meets another."""
    value = site.node.values[0]
    readers = site.graph.consumers.get(value, ())
    if any(flags(site)) or len(readers) != 1 or not site.sole(value) or readers[0][0].op != "Transpose":
        return None
    nodes = [site.inner(operand, "Transpose") for operand in site.inputs]
    swapped = [_swapped(perm_of(site, node)) for node in nodes]
    if any(perm is None for perm in swapped) or not any(perm == sorted(perm) for perm in swapped if perm):
        return None
    left, right = (
        transpose(site, site.operands(node)[0], perm)
        for node, perm in zip(nodes, swapped, strict=True)
        if node is not None and perm is not None
    )
    product = site.op(site.node.op, right, left, **site.node.attrs)
    order = _swapped(tuple(range(product.rank)))
    return transpose(site, product, order) if order else None


def _swapped(perm: tuple[int, ...] | None) -> list[int] | None:
    return None if perm is None or len(perm) < 2 else [*perm[:-2], perm[-1], perm[-2]]


def _matrix(site: Site, value: Value) -> Tensor | None:
    array = site.array(value)
    if array is not None:
        return site.const(array.reshape(array.shape[-2:]), value.node)
    return reshape(site, value, site.type(value).shape[-2:])


RULES = (
    Rule("transposed weight", tuple(FLAGS), _transposed_weight),
    Rule("batch times one matrix", ("BatchMatMul", "BatchMatMulV2"), _one_matrix),
    Rule("product of transposes", tuple(FLAGS), _transposed_product),
)
