"""Whether what was lowered for a branch may run where the branch is not taken: it cannot fail, and is little."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from totfjs.graph.builder import Builder
from totfjs.graph.graph import Node
from totfjs.graph.ops import spec
from totfjs.graph.types import TensorType

# All branches are computed up to this many multiplications: some milliseconds.
CHEAP = 20_000_000
# Ops that throw, or trap, for some data of a type that they take; a branch may be there to keep such data away.
_MAY_FAIL = frozenset(
    (
        *("FloorDiv", "FloorMod", "Mod", "TruncateDiv", "TruncateMod"),
        *("GatherV2", "GatherNd", "Gather", "ScatterNd", "TensorScatterUpdate", "SparseToDense", "SparseReshape"),
        *("TopKV2", "DenseBincount", "Bincount", "OneHot", "CropAndResize", "Unique", "UniqueV2", "StringToNumber"),
    )
)
_PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2", "_FusedMatMul", "Einsum")
_CONVOLUTIONS = ("Conv2D", "_FusedConv2D", "Conv3D", "Conv1D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")


def cheap(builder: Builder, nodes: Sequence[Node]) -> bool:
    """Whether nodes may run for nothing."""
    return all(_safe(builder, node) for node in nodes) and sum(_work(builder, node) for node in nodes) <= CHEAP


def _safe(builder: Builder, node: Node) -> bool:
    """Whether a node cannot fail, whatever its data."""
    found = spec(node.op)
    if found.asynchronous or not found.pure:
        return False
    if node.op == "GatherV2":
        return builder.operand(builder.tensor(node.inputs[1])).value is not None
    if node.op in _MAY_FAIL:
        return False
    inputs = found.operand_inputs(len(node.inputs))
    return all(
        not item.host
        or builder.operand(builder.tensor(value)).sizes is not None
        or builder.tensor(value).array is not None
        for item, value in zip(inputs, node.inputs, strict=False)
    )


def _work(builder: Builder, node: Node) -> float:
    """The multiplications of a node; dims that are not known count as 1."""
    results = sum(_count(kind) for kind in node.types)
    kinds = [builder.tensor(value).type for value in node.inputs]
    if node.op in _PRODUCTS:
        return results * max((int(size) for size in kinds[0].shape[-2:] if isinstance(size, int)), default=1)
    if node.op in _CONVOLUTIONS:
        last = kinds[1].shape[-1]
        return results * _count(kinds[1]) / (last if isinstance(last, int) and last else 1)
    return results


def _count(kind: TensorType) -> int:
    return prod(size for size in kind.shape if isinstance(size, int))
