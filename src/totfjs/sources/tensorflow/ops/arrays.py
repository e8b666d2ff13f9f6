"""TensorArray of TensorFlow 1: the flow, which orders its reads and writes, carries the content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.flow import elements, forms, lists
from totfjs.sources.tensorflow.flow.lists import Array, List
from totfjs.sources.tensorflow.ops.lists import concatenated, gathered, number, parted, scattered_all
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import Operand


def _made(use: Use) -> Sequence[Operand]:
    dtype, grows = use.attr("dtype"), bool(use.attr("dynamic_size", False))
    content = forms.reserved(use.lowering, dtype, use.attr("element_shape", None), use.operands[0], use.sizes(0))
    return Array(dtype, grows), content


def _array(use: Use) -> Array:
    found = use.operands[0]
    if not isinstance(found, Array):
        raise OpError("it reads no array of tensors that totfjs has followed")
    return found


def _content(use: Use, at: int) -> List:
    return lists.list_of(use.operands[at])


def _write(use: Use) -> Operand:
    return elements.with_item(use.lowering, _content(use, 3), use.operands[1], use.operands[2], grows=_array(use).grows)


def _read(use: Use) -> Operand:
    return elements.get(use.lowering, _content(use, 2), use.operands[1])


def _gather(use: Use) -> Operand:
    items = _content(use, 2)
    shape = lists.merged(items.shape, use.attr("element_shape", None))
    return gathered(use, replace(items, shape=shape), use.operands[1])


def _scatter(use: Use) -> Operand:
    items, places = _content(use, 3), use.operands[1]
    if _array(use).grows and isinstance(places, np.ndarray):
        items = elements.longer(items, int(places.max(initial=-1)) + 1)
    return scattered_all(use, items, use.operands[2], places)


def _concat(use: Use) -> Sequence[Operand]:
    return concatenated(use, _content(use, 1))


def _split(use: Use) -> Operand:
    return parted(use, _array(use).dtype, use.operands[1], use.integers(2, "the lengths of the parts"))


def _size(use: Use) -> Operand:
    return number(use, elements.length_of(use.lowering, _content(use, 1)))


def _nothing(use: Use) -> Sequence[Operand]:
    return ()


def _moves(rule: object, outputs: tuple[str, ...] = ()) -> Op:
    return Op(rule, outputs, integers=True, complex=True)  # type: ignore[arg-type]


OPS: dict[str, Row] = {
    "TensorArrayV3": _moves(_made, ("handle", "flow")),
    "TensorArrayWriteV3": _moves(_write),
    "TensorArrayReadV3": _moves(_read),
    "TensorArrayGatherV3": _moves(_gather),
    "TensorArrayScatterV3": _moves(_scatter),
    "TensorArrayConcatV3": _moves(_concat, ("value", "lengths")),
    "TensorArraySplitV3": _moves(_split),
    "TensorArraySizeV3": _moves(_size),
    "TensorArrayCloseV3": _moves(_nothing),
}
