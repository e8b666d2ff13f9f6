"""Passes: from a graph to a smaller and faster graph of the same meaning. One file each; `pipeline` has their order."""

from __future__ import annotations

from totfjs.passes.check import check_same
from totfjs.passes.pipeline import FOLDING, FUSION, PIPELINE, Pass, optimize

__all__ = ["FOLDING", "FUSION", "PIPELINE", "Pass", "check_same", "optimize"]
