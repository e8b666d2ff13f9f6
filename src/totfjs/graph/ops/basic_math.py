"""Functions of one number: exponentials, trigonometry, rounding, activations."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
