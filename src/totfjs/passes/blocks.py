"""A value in equal blocks along an axis, made where they come from instead of cut out of the whole.

On wasm a slice copies the whole tensor first, so that cutting one into n parts costs n copies.
"""

from __future__ import annotations

from collections.abc import Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.graph import Node, Value
from totfjs.passes.algebra.shapes import RESHAPES, reshape
from totfjs.passes.constants import DEAR, divided
from totfjs.passes.rewriting import Site
from totfjs.weights.array import Array

ELEMENTWISE = ("AddV2", "Sub", "Mul", "RealDiv")
# A softmax is some five dispatches on a GPU: it is not split further than this.
MOST_SOFTMAXES = 16


def blocks(site: Site, value: Value, axis: int, count: int) -> list[Tensor] | None:
    """`count` equal parts of a value, which keep the axis; None where they would have to be cut out of it.

    Goes through what has no other reader: reshapes, transposes, elementwise arithmetic, softmax, a product with
    constant weights, a Pack.
    """
    array = site.array(value)
    if array is not None:
        return _of_constant(site, value, array, axis, count)
    node = site.edit.nodes[site.edit.current(value).node]
    if node.op in RESHAPES and _sole(site, value):
        return _of_reshape(site, node, axis, count)
    if node.op not in _RULES or len(node.types) > 1 or not _sole(site, value):
        return None
    return _RULES[node.op](site, node, axis, count)


def _sole(site: Site, value: Value) -> bool:
    """Whether nothing else reads a value; what was made in this sweep is read by its maker alone."""
    return value.node not in site.graph.nodes or site.graph.uses(value) == 1


def _of_constant(site: Site, value: Value, array: Array, axis: int, count: int) -> list[Tensor] | None:
    if array.size > DEAR and not _sole(site, value):
        return None
    return [site.const(part, f"{value.node}/{index}") for index, part in enumerate(divided(array, axis, count))]


def _of_reshape(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    """The axis of the operand with as much before it as this one has holds the same blocks."""
    before, after = site.type(node.inputs[0]).shape, node.types[0].shape
    for place, size in enumerate(before):
        divides = isinstance(size, int) and size % count == 0
        if divides and dims.product(before[:place]) == dims.product(after[:axis]):
            parts = blocks(site, node.inputs[0], place, count)
            return _reshaped(site, parts, _divided(after, axis, count))
    return None


def _reshaped(site: Site, parts: Sequence[Tensor] | None, shape: Shape) -> list[Tensor] | None:
    made = [reshape(site, part.value, shape) for part in parts or ()]
    return [part for part in made if part] if made and all(made) else None


def _divided(shape: Shape, axis: int, count: int) -> Shape:
    size = shape[axis]
    assert isinstance(size, int)
    return (*shape[:axis], size // count, *shape[axis + 1 :])


def _of_transpose(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    order = site.constant(node.inputs[1])
    if order is None:
        return None
    perm = [int(place) % len(order) for place in order]
    parts = blocks(site, node.inputs[0], perm[axis], count)
    made = [_transposed(site, part, perm) for part in parts or ()]
    return [part for part in made if part] if made and all(made) else None


def _transposed(site: Site, part: Tensor, perm: Sequence[int]) -> Tensor | None:
    """A transpose of the dims that are not 1, in a reshape to them and one back."""
    kept = [axis for axis in range(part.rank) if part.shape[axis] != 1]
    order = [kept.index(axis) for axis in perm if axis in kept]
    small = reshape(site, part.value, tuple(part.shape[axis] for axis in kept))
    if small is None:
        return None
    moved = small if order == sorted(order) else site.op("Transpose", small, order)
    return reshape(site, moved.value, tuple(part.shape[axis] for axis in perm))


def _of_elementwise(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    operands = [_spread(site, value, node, axis, count) for value in node.inputs]
    if any(operand is None for operand in operands):
        return None
    pairs = zip(*(operand for operand in operands if operand is not None), strict=True)
    return [site.op(node.op, *pair, **node.attrs) for pair in pairs]


def _spread(site: Site, value: Value, node: Node, axis: int, count: int) -> list[Tensor] | None:
    """The blocks of an operand that may be the same for all of them."""
    shape, place = site.type(value).shape, axis - node.types[0].rank + site.type(value).rank
    if place < 0 or shape[place] == 1:
        return [site.edit.tensor(site.edit.current(value))] * count
    return blocks(site, value, place, count)


def _of_softmax(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    if axis == node.types[0].rank - 1 or count > MOST_SOFTMAXES:
        return None
    return _each(site, node, blocks(site, node.inputs[0], axis, count))


def _each(site: Site, node: Node, parts: Sequence[Tensor] | None) -> list[Tensor] | None:
    return [site.op(node.op, part, **node.attrs) for part in parts] if parts else None


def _of_product(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    """The columns of a product come from those of its weights, and of a bias in it."""
    x, weights, *vectors = node.inputs
    if axis != 1 or node.attrs["transpose_b"] or any(site.array(value) is None for value in (weights, *vectors)):
        return None
    left = site.edit.tensor(site.edit.current(x))
    operands = [blocks(site, weights, 1, count), *(blocks(site, vector, 0, count) for vector in vectors)]
    if not all(operands):
        return None
    return [site.op(node.op, left, *some, **node.attrs) for some in zip(*(o for o in operands if o), strict=True)]


def _of_pack(site: Site, node: Node, axis: int, count: int) -> list[Tensor] | None:
    if axis != node.attrs["axis"] or len(node.inputs) != count:
        return None
    parts = [site.edit.tensor(site.edit.current(value)) for value in node.inputs]
    return _reshaped(site, parts, _divided(node.types[0].shape, axis, count))


_RULES = {
    "Transpose": _of_transpose,
    "Softmax": _of_softmax,
    **dict.fromkeys(("MatMul", "_FusedMatMul"), _of_product),
    "Pack": _of_pack,
    **dict.fromkeys(ELEMENTWISE, _of_elementwise),
}
