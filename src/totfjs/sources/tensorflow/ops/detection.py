"""Detections: the best of boxes that overlap.

The runtime drops boxes whose overlap is just the threshold, which TensorFlow keeps: it is given the next number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import clamp, elementwise, select
from totfjs.recipes.indexing import iota
from totfjs.recipes.shapes import broadcast_to, dim_value, expand, reshape
from totfjs.recipes.slicing import slice_axes, take
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.ops.space import floats
from totfjs.sources.tensorflow.use import Use

_LOWEST = float(np.finfo(np.float32).min)


@dataclass(frozen=True)
class Choice:
    """How many boxes are chosen, how far they may overlap, and what they have to score."""

    most: Tensor
    overlap: Tensor
    least: Tensor

    def of(self, boxes: Tensor, scores: Tensor) -> Tensor:
        """The places of the chosen boxes, the best first; how many there are depends on the data."""
        return boxes.builder.op("NonMaxSuppressionV3", boxes, scores, self.most, self.overlap, self.least)


def _overlap(use: Use, threshold: float) -> Tensor:
    """The least overlap that suppresses."""
    if not 0 <= threshold <= 1:
        raise OpError(f"an overlap threshold of {threshold:g} is not within 0 and 1")
    if threshold == 1:
        raise OpError("an overlap threshold of 1 suppresses nothing; TensorFlow.js drops equal boxes then")
    return use.const(np.nextafter(np.float32(threshold), np.float32(1)))


def _choice(use: Use, first: int = 2) -> Choice:
    threshold = float(use.array(first + 1, "the overlap threshold").reshape(()))
    least = use.cast(use.tensor(first + 2), DType.FLOAT32) if len(use) > first + 2 else use.const(_LOWEST, "float32")
    return Choice(reshape(use.tensor(first), ()), _overlap(use, threshold), reshape(least, ()))


def _chosen(use: Use) -> Tensor:
    return _choice(use).of(floats(use, 0), floats(use, 1))


def _chosen_by_attribute(use: Use) -> Tensor:
    overlap = _overlap(use, float(use.attr("iou_threshold", 0.5)))
    choice = Choice(reshape(use.tensor(2), ()), overlap, use.const(_LOWEST, "float32"))
    return choice.of(floats(use, 0), floats(use, 1))


def _counted(use: Use) -> list[Tensor]:
    places = _chosen(use)
    return [_filled(use, places), dim_value(use.builder, places.shape[0])]


def _scored(use: Use) -> list[Tensor]:
    if float(use.array(5, "soft_nms_sigma").reshape(())) != 0:
        raise OpError("TensorFlow.js drops equal boxes where a sigma only takes from their scores")
    places = _chosen(use)
    scores = take(floats(use, 1), places, 0)
    return [_filled(use, places), _filled(use, scores), dim_value(use.builder, places.shape[0])]


def _filled(use: Use, x: Tensor) -> Tensor:
    """With zeros up to as many as were asked for, if that is wanted."""
    if not use.attr("pad_to_max_output_size", False):
        return x
    sizes = use.sizes(2)
    if sizes is None or len(sizes) != 1:
        raise OpError("how many boxes it gives is computed from data")
    return _padded(x, sizes[0])


def _padded(x: Tensor, count: Size) -> Tensor:
    """The first so many elements, zeros where there are none."""
    zeros = broadcast_to(x.builder.const(np.zeros((1,) * x.rank), x.dtype), (count, *x.shape[1:]))
    joined = x.builder.op("ConcatV2", x, zeros, 0)
    return slice_axes(joined, [0] * x.rank, [count, *x.shape[1:]])


# --- of many classes ------------------------------------------------------------------------------------------------


def _combined(use: Use) -> list[Tensor]:
    """The best boxes of all classes in each image of a batch."""
    boxes, scores = floats(use, 0), floats(use, 1)
    images, classes = boxes.shape[0], scores.shape[2]
    if not isinstance(images, int) or not isinstance(classes, int) or images == 0 or classes == 0:
        raise OpError(f"the numbers of images and classes have to be known; they are {images} and {classes}")
    total = _total(use, classes)
    found = [_of_image(use, boxes, scores, image, total) for image in range(images)]
    parts = [use.op("Pack", *each, axis=0) for each in zip(*found, strict=True)]
    return [_within(use, parts[0]), *parts[1:]]


def _total(use: Use, classes: int) -> int:
    """How many detections there is room for."""
    total, each = use.integer(3, "max_total_size"), use.integer(2, "max_output_size_per_class")
    return min(total, each * classes) if use.attr("pad_per_class", False) else total


def _of_image(use: Use, boxes: Tensor, scores: Tensor, image: int, total: int) -> list[Tensor]:
    """The detections of one image: boxes, scores, classes, and how many there are."""
    least = reshape(floats(use, 5), ())
    threshold = float(use.array(4, "the overlap threshold").reshape(()))
    choice = Choice(reshape(use.tensor(2), ()), _overlap(use, threshold), least)
    count, classes, shared = scores.shape[1], scores.shape[2], boxes.shape[2] == 1
    rows = []
    for number in range(int(classes)):  # type: ignore[arg-type]
        own = reshape(_part(boxes, image, 0 if shared else number), (count, 4))
        score = reshape(_part(scores, image, number), (count,))
        places = choice.of(own, score)
        label = broadcast_to(use.const(np.array([number]), "float32"), places.shape)
        rows.append((take(own, places, 0), take(score, places, 0), label))
    joined = [_joined(use, list(each)) for each in zip(*rows, strict=True)]
    return _best(use, joined[0], joined[1], joined[2], total)


def _part(x: Tensor, image: int, number: int) -> Tensor:
    """Of (images, boxes, classes, …) what belongs to one class in one image."""
    rest = x.rank - 3
    starts, stops = [image, 0, number, *(0,) * rest], [image + 1, x.shape[1], number + 1, *x.shape[3:]]
    return slice_axes(x, starts, stops)


def _joined(use: Use, parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else use.op("ConcatV2", *parts, 0)


def _best(use: Use, boxes: Tensor, scores: Tensor, labels: Tensor, total: int) -> list[Tensor]:
    """The `total` best, the best first; zeros where there are fewer."""
    lowest = use.const(np.full((total,), _LOWEST, np.float32))
    places = use.builder.ops("TopKV2", use.op("ConcatV2", scores, lowest, 0), total)[1]
    number = use.op("Minimum", dim_value(use.builder, scores.shape[0]), use.const(total, "int32"))
    there = elementwise("Less", iota(use.builder, total), number)
    kept = []
    for x in (boxes, scores, labels):
        zeros = use.const(np.zeros((total, *x.shape[1:]), np.float32))
        found = take(use.op("ConcatV2", x, zeros, 0), places, 0)
        kept.append(select(expand(there, (0,), found.rank), found, zeros))
    return [*kept, number]


def _within(use: Use, boxes: Tensor) -> Tensor:
    if not use.attr("clip_boxes", True):
        return boxes
    return clamp(boxes, use.const(0.0, "float32"), use.const(1.0, "float32"))


_COMBINED = ("nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections")

OPS: dict[str, Row] = {
    "NonMaxSuppression": _chosen_by_attribute,
    "NonMaxSuppressionV2": _chosen,
    "NonMaxSuppressionV3": _chosen,
    "NonMaxSuppressionV4": Op(_counted, outputs=("selected_indices", "valid_outputs")),
    "NonMaxSuppressionV5": Op(_scored, outputs=("selected_indices", "selected_scores", "valid_outputs")),
    "CombinedNonMaxSuppression": Op(_combined, outputs=_COMBINED),
}
REFUSED = {
    "NonMaxSuppressionWithOverlaps":
        "TensorFlow.js measures overlaps of boxes itself, and takes none that were computed before",
}  # fmt: skip
