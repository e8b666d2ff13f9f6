"""Searching and ranking: top-k, unique, bounds."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
