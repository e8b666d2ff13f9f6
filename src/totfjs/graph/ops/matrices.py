"""Matrix products, plain and fused, transposition, einsum, bands."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
