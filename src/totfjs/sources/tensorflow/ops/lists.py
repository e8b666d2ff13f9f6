"""Lists of tensors (TensorList), on which TensorArray of TensorFlow 2 rests. They are followed while lowering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Dim, Shape, Size
from totfjs.graph.ops import OpError
from totfjs.recipes.shapes import reshape
from totfjs.recipes.slicing import slice_axes
from totfjs.sources.tensorflow.flow import elements, forms, lists
from totfjs.sources.tensorflow.flow.lists import Collector, ElementShape, Items, List
from totfjs.sources.tensorflow.ops.op import Op, Row
from totfjs.sources.tensorflow.use import Use, shape_of
from totfjs.sources.tensorflow.values import Operand


def _shape(use: Use, index: int) -> ElementShape:
    """An `element_shape` operand: a scalar -1 says nothing, a -1 among others nothing of that dim."""
    sizes = use.sizes(index)
    if sizes is None or not use.shape(index):
        return None
    return tuple(None if isinstance(size, int) and size < 0 else size for size in sizes)


def _list(use: Use, index: int = 0) -> List:
    return lists.list_of(use.operands[index])


def _shaped(use: Use, index: int, at: int = 0) -> List:
    """A list, with what the reader says of the shape of its elements."""
    found = _list(use, at)
    return replace(found, shape=lists.merged(found.shape, _shape(use, index)))


def _reserve(use: Use) -> Operand:
    return forms.reserved(use.lowering, use.attr("element_dtype"), _shape(use, 0), use.operands[1], use.sizes(1))


def _empty(use: Use) -> Operand:
    return Items(use.attr("element_dtype"), _shape(use, 0), ())


def _from_tensor(use: Use) -> Operand:
    return forms.of_tensor(use.lowering, use.attr("element_dtype"), use.operands[0])


def _set(use: Use) -> Operand:
    grows = bool(use.attr("resize_if_index_out_of_bounds", False))
    return elements.with_item(use.lowering, _list(use), use.operands[1], use.operands[2], grows=grows)


def _get(use: Use) -> Operand:
    return elements.get(use.lowering, _shaped(use, 2), use.operands[1])


def _stack(use: Use) -> Operand:
    found = _shaped(use, 1)
    count, length = use.attr("num_elements", -1), elements.length_of(use.lowering, found)
    if count >= 0 and isinstance(length, int) and count != length:
        raise OpError(f"{count} elements are asked of a list of {length}")
    return forms.stacked(use.lowering, found)


def gathered(use: Use, items: List, places: Operand) -> Operand:
    """Some elements of a list as one tensor."""
    if isinstance(places, np.ndarray):
        return forms.joined(use.lowering, items, [elements.get(use.lowering, items, np.array(at)) for at in places])
    if not isinstance(places, Tensor):
        raise OpError("the places are no numbers")
    length = elements.length_of(use.lowering, items)
    if not isinstance(length, Tensor) and _in_order(use, places, length):
        return forms.stacked(use.lowering, items)
    return elements.at_rows(forms.dense(use.lowering, items).rows, places)


def _in_order(use: Use, places: Tensor, length: Size) -> bool:
    """Whether places which are computed are 0, 1, 2, … up to a length."""
    node = use.builder.nodes[places.value.node]
    if node.op != "Range":
        return False
    first, last, step = (use.builder.operand(use.builder.tensor(value)).sizes for value in node.inputs)
    return first == (0,) and step == (1,) and last == (length,)


def _gather(use: Use) -> Operand:
    return gathered(use, _shaped(use, 2), use.operands[1])


def scattered(use: Use, items: List, values: Operand, places: Sequence[int]) -> List:
    """A list with the rows of a tensor put at known places."""
    rows = forms.separate(forms.of_tensor(use.lowering, items.dtype, values))
    if rows is None or len(rows.items) != len(places):
        raise OpError("what is put into the list has to have as many rows as there are places")
    for place, item in zip(places, rows.items, strict=True):
        assert item is not None
        items = elements.with_item(use.lowering, items, np.array(place, np.int32), item)
    return items


def scattered_all(use: Use, items: List, values: Operand, places: Operand) -> List:
    """A list with the rows of a tensor put at places: all of them in order, or known ones."""
    if isinstance(places, Tensor):
        # More rows than the list takes, or fewer than are read later, are errors of TensorFlow's too.
        if _in_order(use, places, shape_of(values)[0]):
            return forms.of_tensor(use.lowering, items.dtype, values)
        raise OpError("rows are put into a list at places that the model computes")
    length = elements.length_of(use.lowering, items)
    assert isinstance(places, np.ndarray)
    if places.tolist() == list(range(length if isinstance(length, int) else -1)):
        return forms.of_tensor(use.lowering, items.dtype, values)
    return scattered(use, items, values, [int(place) for place in places])


def _scatter(use: Use) -> Operand:
    places = use.operands[1]
    count = use.integer(3, "the length of the list") if len(use) > 3 else -1
    if isinstance(places, np.ndarray):
        least = int(places.max(initial=-1)) + 1
        start = Items(use.attr("element_dtype"), _shape(use, 2), (None,) * max(least, count))
        return scattered_all(use, start, use.operands[0], places)
    raise OpError("rows are put into a list at places that the model computes")


def _scatter_into(use: Use) -> Operand:
    items = _list(use)
    places = use.array(2, "the list of places")
    items = elements.longer(items, int(places.max(initial=-1)) + 1)
    return scattered(use, items, use.operands[1], [int(place) for place in places])


def _push(use: Use) -> Operand:
    items, value = _list(use), use.operands[1]
    if isinstance(items, Collector):
        return elements.with_item(use.lowering, items, items.turn, value)
    apart = forms.separate(items)
    if apart is None:
        raise OpError("a list grows by a number of elements that the model computes")
    return replace(apart, items=(*apart.items, value))


def _pop(use: Use) -> Sequence[Operand]:
    items = forms.separate(_shaped(use, 1))
    if items is None:
        raise OpError("a list shrinks by a number of elements that the model computes")
    last = elements.get(use.lowering, items, np.array(len(items.items) - 1))
    return replace(items, items=items.items[:-1]), last


def _length(use: Use) -> Operand:
    return number(use, elements.length_of(use.lowering, _list(use)))


def number(use: Use, length: Size | Tensor) -> Operand:
    """A length as a scalar."""
    if isinstance(length, int):
        return np.array(length, np.int32)
    if isinstance(length, Dim):
        found = use.size_vector([length])
        assert isinstance(found, Tensor)
        return reshape(found, ())
    return length


def _resize(use: Use) -> Operand:
    items, size = _list(use), use.sizes(1)
    if size is not None and size[0] == elements.length_of(use.lowering, items):
        return items
    count, apart = use.integer(1, "the length of the list"), forms.separate(items)
    if apart is None:
        raise OpError("a list of a length that the model computes gets another length")
    return replace(apart, items=apart.items[:count] + (None,) * (count - len(apart.items)))


def concatenated(use: Use, items: List) -> Sequence[Operand]:
    """The elements one after another along their first dim, and the size of each there."""
    if not isinstance(items, Items):
        rows = forms.dense(use.lowering, items).rows
        if rows.rank < 2:
            raise OpError("scalars cannot be joined")
        count, size = rows.shape[0], rows.shape[1]
        whole = reshape(rows, (count * size, *rows.shape[2:]))
        lengths = use.size_vector([size] * count) if isinstance(count, int) else _repeated(use, size, count)
        return whole, _int64(lengths)
    parts = [lists.zeros(use.lowering, items) if item is None else item for item in items.items]
    lengths = use.size_vector([shape_of(part)[0] for part in parts])
    if not parts:
        raise OpError("the elements of an empty list are joined")
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate([part for part in parts if isinstance(part, np.ndarray)]), _int64(lengths)
    tensors = [found for found in map(use.lowering.tensor, parts) if isinstance(found, Tensor)]
    if len(tensors) != len(parts):
        raise OpError("totfjs has no lowering for joining lists of complex numbers")
    return tensors[0] if len(tensors) == 1 else use.op("ConcatV2", *tensors, 0), _int64(lengths)


def _repeated(use: Use, size: Size, count: Size) -> Operand:
    from totfjs.recipes.shapes import broadcast_to, dim_value

    return broadcast_to(reshape(dim_value(use.builder, size), (1,)), (count,))


def _int64(lengths: Operand) -> Operand:
    return lengths.astype(np.int64) if isinstance(lengths, np.ndarray) else lengths


def _concat(use: Use) -> Sequence[Operand]:
    items = _list(use)
    if use.node.op == "TensorListConcatV2":
        items = replace(items, shape=lists.merged(items.shape, _shape(use, 1)))
    else:
        items = replace(items, shape=lists.merged(items.shape, use.attr("element_shape", None)))
    return concatenated(use, items)


def _concat_lists(use: Use) -> Operand:
    first, second = (forms.separate(_list(use, at)) for at in (0, 1))
    if first is None or second is None:
        raise OpError("lists of a length that the model computes are joined")
    return replace(first, shape=lists.merged(first.shape, second.shape), items=(*first.items, *second.items))


def _element_shape(use: Use) -> Operand:
    shape = lists.element_shape(_list(use))
    if shape is None:
        return np.array(-1, np.int32)
    sizes: Shape = tuple(-1 if size is None else size for size in shape)
    return use.size_vector(sizes, use.attr("shape_type", "int32"))


def parted(use: Use, dtype: str, value: Operand, lengths: Sequence[int]) -> List:
    """A list of parts of a tensor along its first dim."""
    ends = np.cumsum(lengths).tolist()
    bounds = list(zip([0, *ends], ends, strict=False))
    if isinstance(value, np.ndarray):
        return Items(dtype, None, tuple(value[first:last] for first, last in bounds))
    x = use.lowering.tensor(value)
    if not isinstance(x, Tensor):
        raise OpError("totfjs has no lowering for splitting lists of complex numbers")
    zeros = [0] * (x.rank - 1)
    return Items(dtype, None, tuple(slice_axes(x, [a, *zeros], [b, *x.shape[1:]]) for a, b in bounds))


def _split(use: Use) -> Operand:
    return parted(use, use.attr("element_dtype"), use.operands[0], use.integers(2, "the lengths of the parts"))


def _moves(rule: object, outputs: tuple[str, ...] = ()) -> Op:
    return Op(rule, outputs, integers=True, complex=True)  # type: ignore[arg-type]


OPS: dict[str, Row] = {
    "TensorListReserve": _moves(_reserve),
    "EmptyTensorList": _moves(_empty),
    "TensorListFromTensor": _moves(_from_tensor),
    "TensorListSetItem": _moves(_set),
    "TensorListGetItem": _moves(_get),
    "TensorListStack": _moves(_stack),
    "TensorListGather": _moves(_gather),
    "TensorListScatter": _moves(_scatter),
    "TensorListScatterV2": _moves(_scatter),
    "TensorListScatterIntoExistingList": _moves(_scatter_into),
    "TensorListPushBack": _moves(_push),
    "TensorListPopBack": _moves(_pop, ("output_handle", "tensor")),
    "TensorListLength": _moves(_length),
    "TensorListResize": _moves(_resize),
    "TensorListConcat": _moves(_concat, ("tensor", "lengths")),
    "TensorListConcatV2": _moves(_concat, ("tensor", "lengths")),
    "TensorListConcatLists": _moves(_concat_lists),
    "TensorListElementShape": _moves(_element_shape),
    "TensorListSplit": _moves(_split),
}
REFUSED = {"TensorListPushBackBatch": "totfjs has no lowering for lists in a batch, which only training makes"}
