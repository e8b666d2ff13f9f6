"""Convolutions, plain and fused, and dilation."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
