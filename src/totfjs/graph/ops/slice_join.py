"""Taking tensors apart and putting them together: slices, gathers, scatters, concatenation."""

from __future__ import annotations

from totfjs.graph.ops.spec import OpSpec

OPS: tuple[OpSpec, ...] = ()
