"""Distributions from logits, and how far they are from labels."""

from __future__ import annotations

from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.ops.elementwise import broadcast_shapes
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_to, expand
from totfjs.recipes.softmaxes import log_softmax, softmax
from totfjs.recipes.special.approximation import filled
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use


def _softmax(use: Use) -> Tensor:
    return softmax(use.tensor(0))


def _log_softmax(use: Use) -> Tensor:
    return log_softmax(use.tensor(0))


# --- losses ---------------------------------------------------------------------------------------------------------


def _cross_entropy(use: Use) -> list[Tensor]:
    """The loss of each row, and its gradient by the logits; rows of both operands broadcast."""
    features, labels = use.tensors
    if features.rank != 2 or labels.rank != 2:
        raise OpError("it takes operands of 2 dims")
    shape = broadcast_shapes(features.shape, labels.shape)
    features, labels = broadcast_to(features, shape), broadcast_to(labels, shape)
    losses = elementwise("Mul", labels, elementwise("Neg", log_softmax(features)))
    return [use.op("Sum", losses, [1]), elementwise("Sub", softmax(features), labels)]


def _sparse_cross_entropy(use: Use) -> list[Tensor]:
    """The same for one label of each row; out of range, TensorFlow stops on a CPU and gives NaN on a GPU, as we do."""
    features, labels = use.tensors
    if features.rank != 2 or labels.rank != 1:
        raise OpError("it takes logits of 2 dims and labels of 1")
    here = _is_label(features, labels)
    zero = filled(features, 0.0)
    losses = use.op("Sum", select(here, elementwise("Neg", log_softmax(features)), zero), [1])
    lost = filled(losses, float("nan"))
    found = use.op("Any", here, [1])
    gradient = elementwise("Sub", softmax(features), elementwise("Cast", here, DstT=DType.FLOAT32))
    kept = select(expand(found, (0,), 2), gradient, use.const(float("nan"), "float32"))
    return [select(found, losses, lost), kept]


def _is_label(features: Tensor, labels: Tensor) -> Tensor:
    """For each class of each row, whether it is the label."""
    classes = iota(features.builder, features.shape[1])
    return elementwise("Equal", expand(labels, (0,), 2), expand(classes, (1,), 2))


_LOSSES = ("loss", "backprop")

OPS: dict[str, Row] = {
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "SoftmaxCrossEntropyWithLogits": Op(_cross_entropy, outputs=_LOSSES),
    "SparseSoftmaxCrossEntropyWithLogits": Op(_sparse_cross_entropy, outputs=_LOSSES),
}
