"""Batches of matrix products become single products, for which wasm has a kernel that is thirty times as fast."""

from __future__ import annotations

from math import prod

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Shape
from totfjs.graph.graph import Graph, Value
from totfjs.graph.types import DType
from totfjs.passes.algebra.products import FLAGS, flags
from totfjs.passes.algebra.shapes import reshape
from totfjs.passes.algebra.transposes import transpose
from totfjs.passes.blocks import blocks
from totfjs.passes.rewriting import Rule, Site, rewrite

# A product of its own costs some 20 us; the slow kernel needs 1.5 ns for each multiplication.
LEAST_WORK = 1 << 15
# What a dim that is known only when the model runs is taken to be.
TYPICAL = 64
# The graph grows with the number of products.
MOST_PRODUCTS = 64


def split_batches(graph: Graph) -> Graph:
    """The graph in which wasm has no large matrices to multiply by the batch, or transposed.

    Requires a product of float32 matrices with 2 to 64 of them along static batch dims, and 32768 multiplications
    or more for each; dims that are known only when the model runs count as 64. Ensures a product of its own for each
    matrix. A dynamic batch dim before the static ones stays: wasm is as fast where it is 1 when the model runs, and as
    slow as before where it is not. What is transposed on the way gets a Transpose. Exact: sums have the same terms in
    the order of the kernel. A GPU has more to dispatch, some 5 us for each head; nothing is done where wasm is not
    among the backends.
    """
    return rewrite(graph, RULES) if "wasm" in graph.backends else graph


def _transposed(site: Site) -> Tensor | None:
    """An operand that is computed is transposed first: the kernel that does it on the way is 13 times as slow."""
    transposes = [flag and site.array(value) is None for flag, value in zip(flags(site), site.inputs, strict=True)]
    if not any(transposes) or not _worth(site):
        return None
    operands = [_swapped(site, x) if flag else x for flag, x in zip(transposes, site.inputs, strict=True)]
    left = [flag and not done for flag, done in zip(flags(site), transposes, strict=True)]
    names = dict(zip(FLAGS[site.node.op], left, strict=True))
    return site.op(site.node.op, *operands, **{**site.node.attrs, **names})


def _swapped(site: Site, value: Value) -> Tensor:
    rank = site.type(value).rank
    return transpose(site, value, [*range(rank - 2), rank - 1, rank - 2])


def _split(site: Site) -> Tensor | None:
    batch, shape = site.node.types[0].shape[:-2], site.node.types[0].shape
    dynamic, count = _division(batch)
    if any(flags(site)) or not 1 < count <= MOST_PRODUCTS or len(dynamic) > 1 or not _worth(site):
        return None
    parts = [_parts(site, slot, batch) for slot in range(2)]
    if not parts[0] or not parts[1]:
        return None
    op = "BatchMatMulV2" if dynamic else "MatMul"
    products = [site.op(op, *pair) for pair in zip(*parts, strict=True)]
    return reshape(site, site.op("Pack", *products, axis=len(dynamic)).value, shape)


def _division(batch: Shape) -> tuple[Shape, int]:
    """The dynamic dims, and how many matrices there are along the others; 0 unless the dynamic ones come first."""
    first = next((axis for axis, size in enumerate(batch) if isinstance(size, int) and size != 1), len(batch))
    dynamic = tuple(size for size in batch[:first] if size != 1)
    count = dims.product(batch[first:])
    return dynamic, count if isinstance(count, int) else 0


def _parts(site: Site, slot: int, batch: Shape) -> list[Tensor]:
    """The matrices of an operand, one for each product; empty if it spreads over some of the batch only."""
    value, (dynamic, count) = site.node.inputs[slot], _division(batch)
    shape = site.type(site.inputs[slot]).shape
    if tuple(size for size in shape[:-2] if size != 1) == tuple(size for size in batch if size != 1):
        return _matrices(site, value, (*dynamic, *shape[-2:]), count, _run(shape[:-2]))
    if dynamic or any(size != 1 for size in shape[:-2]):
        return []
    matrix = reshape(site, site.inputs[slot], shape[-2:])
    return [matrix] * count if matrix else []


def _run(batch: Shape) -> int | None:
    """The only axis of a batch that is neither 1 nor dynamic."""
    static = [axis for axis, size in enumerate(batch) if isinstance(size, int) and size != 1]
    return static[0] if len(static) == 1 else None


def _matrices(site: Site, value: Value, shape: Shape, count: int, axis: int | None) -> list[Tensor]:
    """The matrices, each of a shape; made where they come from if that is possible."""
    parts = blocks(site, value, axis, count) if axis is not None else None
    made = [reshape(site, part.value, shape) for part in parts or ()]
    if made and all(made):
        return [part for part in made if part]
    place = len(shape) - 2
    whole = reshape(site, site.edit.current(value), (*shape[:place], count, *shape[place:]))
    return list(site.edit.ops("Unpack", whole, axis=place, num=count)) if whole else []


def _worth(site: Site) -> bool:
    """Whether each of the products is large."""
    if site.node.types[0].dtype is not DType.FLOAT32:
        return False
    inner = site.type(site.inputs[0]).shape[-2 if flags(site)[0] else -1]
    sizes = [size if isinstance(size, int) else TYPICAL for size in (*site.node.types[0].shape[-2:], inner)]
    return prod(sizes) >= LEAST_WORK


RULES = (
    Rule("transposed on the way", tuple(FLAGS), _transposed),
    Rule("batch of large matrices", ("BatchMatMul", "BatchMatMulV2"), _split),
)
