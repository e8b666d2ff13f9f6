"""Ops whose output size depends on the data: non-max suppression, where, list difference."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
