"""Normalisations by stored moments or those of the batch, by neighbouring channels, and the bias of each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise
from totfjs.recipes.shapes import dim_value, expand
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import as_given, channels_last, floats, is_channels_first
from totfjs.sources.tensorflow.use import Use

_OUTPUTS = ("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3")


def _bias(use: Use) -> Tensor:
    value, bias = use.tensors
    first = is_channels_first(use) and value.rank > 2
    return elementwise("AddV2", value, expand(bias, (1,), value.rank) if first else bias)


@dataclass(frozen=True)
class Norm:
    """A batch normalisation: what its node is given."""

    x: Tensor
    scale: Tensor
    offset: Tensor
    mean: Tensor
    variance: Tensor
    epsilon: float

    def by(self, mean: Tensor, variance: Tensor, axis: int) -> Tensor:
        """`x` less the mean, over the deviation, times the scale, plus the offset; all along one axis."""
        inverse = elementwise("Rsqrt", elementwise("AddV2", variance, variance.builder.like(variance, self.epsilon)))
        factor = inverse if is_all(self.scale, 1) else elementwise("Mul", self.scale, inverse)
        y = elementwise("Mul", elementwise("Sub", self.x, self.along(mean, axis)), self.along(factor, axis))
        return y if is_all(self.offset, 0) else elementwise("AddV2", y, self.along(self.offset, axis))

    def along(self, values: Tensor, axis: int) -> Tensor:
        """Values for each place along an axis, in a shape that broadcasts with `x`."""
        return values if axis == self.x.rank - 1 else expand(values, (axis,), self.x.rank)


def is_all(x: Tensor, value: float) -> bool:
    """Whether a tensor is known to have one and the same value everywhere."""
    node = x.builder.nodes[x.value.node]
    source = x.builder.tensor(node.inputs[1]) if node.op == "Fill" else x
    found = x.builder.operand(source).value
    return found is not None and bool((found == value).all())


def _fused(use: Use) -> Sequence[Tensor]:
    return normalised(use, use.tensors[:5])[: len(_OUTPUTS) if use.node.op in _SIX else 5]


_SIX = ("FusedBatchNormV3", "_FusedBatchNormEx")


def normalised(use: Use, operands: Sequence[Tensor]) -> list[Tensor]:
    """All outputs of a batch normalisation."""
    epsilon, training = float(use.attr("epsilon", 0.0001)), bool(use.attr("is_training", True))
    norm = Norm(operands[0], operands[1], operands[2], operands[3], operands[4], epsilon)
    return _of_the_batch(use, norm) if training else _as_stored(use, norm)


def _as_stored(use: Use, norm: Norm) -> list[Tensor]:
    mean, variance = norm.mean, norm.variance
    operands = (channels_last(use, norm.x), norm.scale, norm.offset, mean, variance)
    if use.builder.refusal("FusedBatchNormV3", *operands, epsilon=norm.epsilon) is None:
        y = as_given(use, use.op("FusedBatchNormV3", *operands, epsilon=norm.epsilon))
    else:
        y = norm.by(mean, variance, _axis(use, norm.x))
    return [y, mean, variance, mean, variance, _nothing(use)]


def _of_the_batch(use: Use, norm: Norm) -> list[Tensor]:
    axis = _axis(use, norm.x)
    others = [index for index in range(norm.x.rank) if index != axis]
    if any(norm.x.shape[index] == 0 for index in others):
        raise OpError("it takes the moments of nothing")
    centre = use.op("Mean", norm.x, others, keep_dims=True)
    spread = use.op("Mean", elementwise("Square", elementwise("Sub", norm.x, centre)), others)
    mean = use.op("Mean", norm.x, others)
    count = dims.product(norm.x.shape[index] for index in others)
    share = float(use.attr("exponential_avg_factor", 1.0))
    means = _moved(mean, norm.mean, share)
    variances = _moved(_of_a_sample(spread, count), norm.variance, share)
    return [norm.by(mean, spread, axis), means, variances, mean, spread, _nothing(use)]


def _of_a_sample(variance: Tensor, count: dims.Size) -> Tensor:
    """The variance with the number of degrees of freedom: one less than there are elements."""
    if isinstance(count, int):
        return elementwise("Mul", variance, variance.builder.like(variance, count / max(count - 1, 1)))
    number = elementwise("Cast", dim_value(variance.builder, count), DstT=DType.FLOAT32)
    less = elementwise("Maximum", number - 1.0, variance.builder.like(variance, 1.0))
    return elementwise("Mul", variance, elementwise("RealDiv", number, less))


def _moved(new: Tensor, old: Tensor, share: float) -> Tensor:
    """A running average, moved by a share of what is new."""
    return new if share == 1 else elementwise("AddV2", new * share, old * (1 - share))


def _axis(use: Use, x: Tensor) -> int:
    return 1 if is_channels_first(use) else x.rank - 1


def _nothing(use: Use) -> Tensor:
    """What kernels keep for the gradient; nothing on a CPU."""
    return use.const([], "float32")


def _by_neighbours(use: Use) -> Tensor:
    attrs = {"bias": 1.0, "alpha": 1.0, "beta": 0.5}
    given = {name: float(use.attr(name, default)) for name, default in attrs.items()}
    return use.op("LRN", floats(use, 0), depth_radius=int(use.attr("depth_radius", 5)), **given)


OPS: dict[str, Row] = {
    "LRN": _by_neighbours,
    "BiasAdd": _bias,
    "BiasAddV1": _bias,
    "FusedBatchNorm": Op(_fused, outputs=_OUTPUTS[:5]),
    "FusedBatchNormV2": Op(_fused, outputs=_OUTPUTS[:5]),
    "FusedBatchNormV3": Op(_fused, outputs=_OUTPUTS),
}
