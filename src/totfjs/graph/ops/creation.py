"""Tensors from nothing: fills, ranges, one-hot, random numbers."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
