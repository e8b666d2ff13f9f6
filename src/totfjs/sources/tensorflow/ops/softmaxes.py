"""Distributions from logits, and how far they are from labels."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.recipes.softmaxes import log_softmax, softmax
from totfjs.sources.tensorflow.ops.op import Row
from totfjs.sources.tensorflow.use import Use


def _softmax(use: Use) -> Tensor:
    return softmax(use.tensor(0))


def _log_softmax(use: Use) -> Tensor:
    return log_softmax(use.tensor(0))


OPS: dict[str, Row] = {
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
}
