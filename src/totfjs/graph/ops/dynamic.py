"""Ops whose data decides the shape of the result: where, set difference, non-maximum suppression."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from totfjs.graph.dims import Size
from totfjs.graph.ops.spec import (
    BACKENDS,
    F32,
    I32,
    PLAIN,
    REAL,
    Attr,
    Call,
    Difference,
    Input,
    Limit,
    OpSpec,
    T,
    TensorType,
)

NOT_WIRED: dict[str, str] = {}

_FLOAT, _INT = frozenset((F32,)), frozenset((I32,))


def _where_type(call: Call) -> TensorType:
    return TensorType(I32, (call.unknown(), call.rank(0)))


def _difference_types(call: Call) -> tuple[TensorType, ...]:
    if call.rank(0) != 1 or call.rank(1) != 1 or call.dtype(0) != call.dtype(1):
        raise ValueError("two vectors of one dtype are needed")
    count = call.unknown()
    return call.type(0).with_shape(count), TensorType(I32, (count,))


def _set_difference(x: np.ndarray, y: np.ndarray, **_: Any) -> tuple[np.ndarray, np.ndarray]:
    gone = set(y.tolist())
    kept = np.array([index for index, item in enumerate(x.tolist()) if item not in gone], np.int32)
    return x[kept], kept


# --- non-maximum suppression ----------------------------------------------------------------------------------------


def _check_boxes(call: Call) -> None:
    if call.rank(0) != 2 or call.rank(1) != 1 or call.shape(0)[1] != 4:
        raise ValueError("boxes are [n,4] and scores [n]")


def _selected_type(call: Call) -> TensorType:
    _check_boxes(call)
    return TensorType(I32, (call.unknown(),))


def _padded_types(call: Call) -> tuple[TensorType, ...]:
    _check_boxes(call)
    count: Size = call.sizes(2)[0] if call.attrs["pad_to_max_output_size"] else call.unknown()
    return TensorType(I32, (count,)), TensorType(I32, ())


def _scored_types(call: Call) -> tuple[TensorType, ...]:
    indices = _selected_type(call)
    return indices, TensorType(F32, indices.shape)


def _overlaps(boxes: np.ndarray, one: int, others: Sequence[int]) -> np.ndarray:
    """The intersection over union of a box with each of others."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    mine, theirs = np.prod(high[one] - low[one]), np.prod(high[others] - low[others], axis=1)
    sides = np.minimum(high[one], high[others]) - np.maximum(low[one], low[others])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    usable = (mine > 0) & (theirs > 0)
    return np.where(usable, shared / np.where(usable, mine + theirs - shared, 1), 0)


def _suppress(
    boxes: np.ndarray, scores: np.ndarray, most: Any, iou: Any, least: Any = -np.inf, sigma: Any = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Takes the best box again and again; boxes that overlap one taken before are dropped, or lose score (`sigma`)."""
    boxes, scale = boxes.astype(np.float64), -0.5 / float(sigma) if sigma > 0 else 0.0
    queue = [(-float(score), index, 0) for index, score in enumerate(scores) if score > least]
    heapify(queue)
    taken: list[int] = []
    kept: list[float] = []
    while queue and len(taken) < int(most):
        before, index, begin = heappop(queue)
        others = _overlaps(boxes, index, taken[begin:])
        if not sigma > 0 and (others > iou).any():
            continue
        score = -before * float(np.exp(scale * others**2).prod())
        if score == -before:
            taken.append(index)
            kept.append(score)
        elif score > least:
            heappush(queue, (-score, index, len(taken)))
    return np.array(taken, np.int32), np.array(kept, np.float32)


def _selected(*operands: Any, **_: Any) -> np.ndarray:
    return _suppress(*operands)[0]


def _padded(*operands: Any, pad_to_max_output_size: bool, **_: Any) -> tuple[np.ndarray, np.ndarray]:
    taken = _suppress(*operands)[0]
    missing = int(operands[2]) - len(taken)
    indices = np.pad(taken, (0, missing)) if pad_to_max_output_size else taken
    return indices, np.array(len(taken), np.int32)


def _soft(call: Call) -> bool:
    return len(call.operands) > 5 and bool(np.any(call.value(5)))


def _on_the_threshold(call: Call) -> bool:
    boxes, threshold = call.value(0), call.value(3)
    if boxes is None or threshold is None:
        return False
    exact, places = boxes.astype(np.float64), range(len(boxes))
    met = (_overlaps(exact, place, places[place + 1 :]) == float(threshold.item()) for place in places)
    return bool(threshold > 0) and any(row.any() for row in met)


def _pads_beyond_boxes(call: Call) -> bool:
    (most,), boxes = call.sizes(2), call.shape(0)[0]
    if not call.attrs["pad_to_max_output_size"]:
        return False
    return not (isinstance(most, int) and isinstance(boxes, int) and most <= boxes)


_BAD_IOU = Limit(
    BACKENDS,
    "throws",
    "the overlap threshold has to be within 0 and 1",
    lambda call: (value := call.value(3)) is not None and not 0 <= float(value.item()) <= 1,
)
_EDGE = Difference(BACKENDS, "a box whose overlap is just the threshold is dropped", _on_the_threshold)
_BOXES = (
    Input("boxes", _FLOAT),
    Input("scores", _FLOAT),
    Input("max_output_size", _INT, host=True),
    Input("iou_threshold", _FLOAT, host=True),
)
_SCORE = Input("score_threshold", _FLOAT, host=True)
_ATTRS = (T, Attr("T_threshold", "type", F32))


def _suppression(name: str, inputs: tuple[Input, ...], rule: Any, meaning: Any, **more: Any) -> OpSpec:
    return OpSpec(
        name,
        inputs,
        rule,
        meaning,
        (*_ATTRS, *more.pop("attrs", ())),
        limits=(_BAD_IOU, *more.pop("limits", ())),
        differences=(_EDGE,),
        category="dynamic",
        asynchronous=True,
        tolerance=1e-6,
        **more,
    )


OPS: tuple[OpSpec, ...] = (
    OpSpec(
        "Where",
        (Input("condition", PLAIN),),
        _where_type,
        lambda x, **_: np.argwhere(x).astype(np.int32),
        (T,),
        limits=(
            Limit(("wasm",), "wrong", "only the low byte of the whole part counts", lambda call: call.dtype(0) in REAL),
        ),
        category="dynamic",
        asynchronous=True,
    ),
    OpSpec(
        "ListDiff",
        (Input("x", PLAIN), Input("y", PLAIN)),
        _difference_types,
        _set_difference,
        (T, Attr("out_idx", "type", I32, (I32,))),
        category="dynamic",
        asynchronous=True,
    ),
    _suppression("NonMaxSuppressionV2", _BOXES, _selected_type, _selected),
    _suppression("NonMaxSuppressionV3", (*_BOXES, _SCORE), _selected_type, _selected),
    _suppression(
        "NonMaxSuppressionV4",
        (*_BOXES, _SCORE),
        _padded_types,
        _padded,
        attrs=(Attr("pad_to_max_output_size", "bool", False),),
        limits=(Limit(BACKENDS, "wrong", "it pads no further than there are boxes", _pads_beyond_boxes),),
    ),
    _suppression(
        "NonMaxSuppressionV5",
        (*_BOXES, _SCORE, Input("soft_nms_sigma", _FLOAT, host=True)),
        _scored_types,
        lambda *operands, **_: _suppress(*operands),
        limits=(
            Limit(
                BACKENDS,
                "wrong",
                "with a sigma it still drops what overlaps more than the threshold",
                lambda call: _soft(call) and (value := call.value(3)) is not None and float(value.item()) < 1,
            ),
        ),
    ),
)
