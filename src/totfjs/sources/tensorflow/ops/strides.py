"""The bounds of a strided slice, axis by axis: numbers, dims, or what the data says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from totfjs.graph import dims
from totfjs.graph.builder import Tensor
from totfjs.graph.dims import Size
from totfjs.graph.ops import OpError
from totfjs.sources.tensorflow.use import Use

Bound: TypeAlias = "Size | Tensor"
# No dim is longer.
_FAR = 2**31 - 1


@dataclass(frozen=True)
class Axis:
    """`x[begin:end:step]` of one axis. `length` is what is taken from a begin of the data; `one` says that it is one
    place, whose dim goes; `exact` bounds are known to lie inside."""

    begin: Bound | None = None
    end: Bound | None = None
    step: int = 1
    length: Size | None = None
    one: bool = False
    exact: bool = False

    @property
    def full(self) -> bool:
        """Whether it is the whole axis as it is."""
        return self.begin is None and self.end is None and self.step == 1

    @property
    def computed(self) -> bool:
        """Whether the data decides."""
        return isinstance(self.begin, Tensor) or isinstance(self.end, Tensor)

    def safe(self, size: Size) -> bool:
        """Whether the runtime's own op is right for it: not where a dim may turn out so small that the end comes
        before the begin."""
        if any(bound is not None and not isinstance(bound, int) for bound in (self.begin, self.end)):
            return False
        if isinstance(size, int) or self.full or self.one:
            return True
        return self.step == 1 and (self.begin in (None, 0) or self.end is None)

    def plain(self, size: int) -> slice:
        """The range of numpy."""
        begin, end = (bound if isinstance(bound, int) else None for bound in (self.begin, self.end))
        if self.one:
            assert begin is not None
            return slice(begin % size, begin % size + 1)
        return slice(begin, end, self.step)

    def span(self, size: Size) -> tuple[Size, Size]:
        """The first and the last place plus one that lie in the range, the first of which a step away from 0 starts
        from: for negative steps they are those of the range turned around."""
        begin, end = self.begin, self.end
        assert not isinstance(begin, Tensor) and not isinstance(end, Tensor)
        if self.one:
            assert begin is not None
            return _one(begin, size)
        if isinstance(size, int) and not isinstance(begin, dims.Dim) and not isinstance(end, dims.Dim):
            return _numbers(range(*slice(begin, end, self.step).indices(size)))
        if self.exact:
            return (0 if begin is None else begin), (size if end is None else end)
        low, high = (begin, end) if self.step > 0 else (end, begin)
        more = int(self.step < 0)
        first = 0 if low is None else _clamped(low, size, more)
        last = size if high is None else _clamped(high, size, more)
        return first, last if first == 0 or last == size else dims.maximum(first, last)


def _one(place: Size, size: Size) -> tuple[Size, Size]:
    if isinstance(place, int) and isinstance(size, int) and not -size <= place < size:
        raise OpError(f"place {place} is none of the {size} of its dim")
    start = place + size if isinstance(place, int) and place < 0 else _counted(place, size)
    return start, start + 1


def _numbers(places: range) -> tuple[Size, Size]:
    if not len(places):
        return 0, 0
    return min(places[0], places[-1]), max(places[0], places[-1]) + 1


def _clamped(place: Size, size: Size, more: int) -> Size:
    """A bound counted from the front, and a number more, kept inside."""
    less = size - place
    if isinstance(less, int) and isinstance(place, dims.Dim) and less <= 2:  # at most 0 wherever it is negative
        return dims.maximum(place + more, 0) if less > more else size
    counted = _counted(place, size) + more
    if isinstance(place, int):
        return dims.minimum(counted, size) if place >= 0 else size if counted == size else dims.maximum(counted, 0)
    return dims.minimum(counted if _natural(place) else dims.maximum(counted, 0), size)


def _counted(place: Size, size: Size) -> Size:
    """A place counted from the front, where it may be one counted from the end."""
    if isinstance(place, int):
        return place if place >= 0 else place + size
    if _natural(place):
        return place
    return place + size * dims.minimum(dims.maximum(place * -1, 0), 1)


def _natural(size: Size) -> bool:
    """Whether a size is seen never to be negative."""
    if isinstance(size, int):
        return size >= 0
    return all(factor > 0 and all(_natural_atom(atom) for atom, _ in monomial) for monomial, factor in size.terms)


def _natural_atom(atom: dims.Atom) -> bool:
    if isinstance(atom, str):
        return True
    return (any if atom.function == "max" else all)(_natural(operand) for operand in atom.operands)


def elements(use: Use, index: int) -> list[Bound]:
    """The elements of a vector: numbers and dims, and scalars where only the data decides."""
    sizes = use.sizes(index)
    return list(sizes) if sizes is not None else _elements(use.tensor(index))


def _elements(x: Tensor) -> list[Bound]:
    builder, sizes = x.builder, x.builder.operand(x).sizes
    if sizes is not None:
        return list(sizes)
    node = builder.nodes[x.value.node]
    if x.rank == 0:
        return [x]
    if node.op in ("Pack", "ConcatV2"):
        parts = node.inputs if node.op == "Pack" else node.inputs[:-1]
        return [element for part in parts for element in _elements(builder.tensor(part))]
    if not isinstance(x.shape[0], int):
        raise OpError("it is not known how many bounds there are")
    return [builder.op("Reshape", builder.op("Slice", x, [place], [1]), ()) for place in range(x.shape[0])]


def pairs_of(use: Use, index: int, count: int) -> list[tuple[Size, Size]]:
    """The pairs of a matrix of two columns: paddings, or crops."""
    known = use.known(index)
    found = [int(size) for size in known.reshape(-1)] if known is not None else _rows(use.tensor(index))
    if any(isinstance(size, Tensor) for size in found):
        raise OpError("a padding is computed from the data; it has to be a constant, or a size of an input")
    if len(found) != 2 * count:
        raise OpError(f"{len(found)} paddings for {count} dims")
    sizes = [size for size in found if not isinstance(size, Tensor)]
    return list(zip(sizes[::2], sizes[1::2], strict=True))


def _rows(x: Tensor) -> list[Bound]:
    """The elements of a matrix that was packed of vectors, row by row."""
    node = x.builder.nodes[x.value.node]
    if x.rank <= 1:
        return _elements(x)
    if x.array is not None:
        return [int(size) for size in x.array.numpy().reshape(-1)]
    if (node.op == "Pack" and node.attrs["axis"] == 0) or node.op in ("ConcatV2", "Reshape", "ExpandDims"):
        parts = node.inputs if node.op == "Pack" else node.inputs[:-1]
        if node.op != "ConcatV2" or int(x.builder.tensor(node.inputs[-1]).array.numpy()) == 0:  # type: ignore[union-attr]
            return [element for part in parts for element in _rows(x.builder.tensor(part))]
    return [x]


@dataclass(frozen=True)
class Sliced:
    """A strided slice: a range for each axis, and for each dim of the result its axis, or None for a new one."""

    axes: Sequence[Axis]
    shape: Sequence[int | None]


def read(use: Use, rank: int) -> Sliced:
    """What the operands 1 to 3 and the masks say, the ellipsis written out."""
    begins, ends, steps = (elements(use, index) for index in (1, 2, 3))
    names = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "begin_mask", "end_mask")
    masks: list[int] = [use.attr(name, 0) for name in names]
    entries: list[Any] = []
    for place, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        entries.append(_entry([mask >> place & 1 for mask in masks], begin, end, step))
    return _written_out(entries, rank)


def _entry(bits: Sequence[int], begin: Bound, end: Bound, step: Bound) -> Any:
    ellipsis, new, shrink, no_begin, no_end = bits
    if ellipsis:
        return ...
    if new:
        return None
    if not isinstance(step, int):
        raise OpError("a stride is computed by the model")
    if step == 0:
        raise OpError("a stride is 0")
    if shrink:
        begin = 0 if no_begin and not isinstance(begin, Tensor) else begin
        return Axis(begin, None, one=True, length=1)
    return Axis(_end(begin, no_begin, step), _end(end, no_end, -step), step)


def _end(bound: Bound, masked: int, step: int) -> Bound | None:
    """A bound, or None where it is the end of the axis from which steps of this sign lead."""
    if masked or (isinstance(bound, int) and bound * step <= -_FAR):
        return None
    return max(-_FAR, min(bound, _FAR)) if isinstance(bound, int) else bound


def _written_out(entries: list[Any], rank: int) -> Sliced:
    taken = sum(isinstance(entry, Axis) for entry in entries)
    if taken > rank:
        raise OpError(f"{taken} ranges for {rank} dims")
    if entries.count(...) > 1:
        raise OpError("there are two ellipses")
    at = entries.index(...) if ... in entries else len(entries)
    entries = [*entries[:at], *[Axis()] * (rank - taken), *entries[at + 1 :]]
    axes: list[Axis] = []
    shape: list[int | None] = []
    for entry in entries:
        if entry is None:
            shape.append(None)
            continue
        if not entry.one:
            shape.append(len(axes))
        axes.append(entry)
    return Sliced(axes, shape)
