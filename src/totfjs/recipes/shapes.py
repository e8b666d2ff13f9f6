"""Reshaping, broadcasting and transposing with dims that are known only when the model runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from totfjs.graph import dims
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.dims import Atom, Dim, Monomial, Opaque, Shape, Size
from totfjs.graph.graph import Value
from totfjs.graph.ops import OpError
from totfjs.graph.types import DType

# What an integer is divided by, so that both parts fit float32.
_PART = 4096
# Of more dims, WebGPU repeats nothing on the GPU.
_MOST_REPEATED = 4
_OPERATIONS = {"floordiv": "FloorDiv", "mod": "FloorMod", "max": "Maximum", "min": "Minimum", "broadcast": "Maximum"}


def dim_value(builder: Builder, size: Size) -> Tensor:
    """A dim as an int32 scalar, computed from the shapes of the inputs."""
    if isinstance(size, int):
        return builder.const(size, DType.INT32)
    return builder.op("Reshape", _vector(builder, size), ())


def shape_vector(builder: Builder, shape: Sequence[Size]) -> Tensor:
    """A shape as an int32 vector: a constant when it is static."""
    if all(isinstance(size, int) for size in shape):
        return builder.const([int(size) for size in shape if isinstance(size, int)], DType.INT32, name="shape")
    parts = [_vector(builder, size) for size in shape]
    return parts[0] if len(parts) == 1 else builder.op("ConcatV2", *parts, 0, name="shape")


def reshape(x: Tensor, shape: Shape) -> Tensor:
    """`x` in another shape of as many elements."""
    if x.shape == shape:
        return x
    unknown = [axis for axis, size in enumerate(shape) if isinstance(size, Dim)]
    if len(unknown) > 1 and _squeezed(x.shape) == _squeezed(shape):
        return _with_ones(x, shape)
    sizes: list[Size] = list(shape)
    # one size is left to the runtime, which cannot find it out beside a 0
    vanishing = any(map(_may_vanish, shape)) if len(unknown) > 1 else 0 in shape
    if unknown and not vanishing:
        sizes[unknown[0]] = -1
    return x.builder.op("Reshape", x, shape_vector(x.builder, sizes))


def expand(x: Tensor, axes: Sequence[int], rank: int) -> Tensor:
    """`x` in `rank` dims, its own at `axes` and size 1 elsewhere."""
    sizes: list[Size] = [1] * rank
    for axis, size in zip(axes, x.shape, strict=True):
        sizes[axis] = size
    return reshape(x, tuple(sizes))


def broadcast_to(x: Tensor, shape: Shape) -> Tensor:
    """`x` with dims of size 1 repeated to fill `shape`."""
    if x.rank < len(shape):
        x = reshape(x, (*((1,) * (len(shape) - x.rank)), *x.shape))
    if all(have == want or have != 1 for have, want in zip(x.shape, shape, strict=True)):
        return x
    if x.dtype is DType.BOOL:  # tiling bools is not a thing that every backend does
        return x.builder.op("NotEqual", broadcast_to(x.builder.op("Cast", x, DstT=DType.INT32), shape), 0)
    counts = [want if have == 1 else 1 for have, want in zip(x.shape, shape, strict=True)]
    if x.rank > _MOST_REPEATED or not any(isinstance(count, int) and count > 1 for count in counts):
        return repeated(x, counts)
    return x.builder.op("BroadcastTo", x, shape_vector(x.builder, shape))


def broadcast_by(x: Tensor, wanted: Tensor) -> Tensor:
    """`x` broadcast to a shape that only the data decides: each of its sizes is 1 or the one that is wanted."""
    x = reshape(x, (*((1,) * (int(str(wanted.shape[0])) - x.rank)), *x.shape))
    if any(size != 1 for size in x.shape):
        sizes = x.builder.op("Maximum", shape_vector(x.builder, x.shape), x.builder.const([1], DType.INT32))
        wanted = x.builder.op("FloorDiv", wanted, sizes)
    return x.builder.op("Tile", x, wanted)


def repeated(x: Tensor, counts: Sequence[Size]) -> Tensor:
    """`x` so many times along each axis, and nothing where that is 0 when the model runs."""
    if x.rank <= _MOST_REPEATED:
        return x.builder.op("Tile", x, shape_vector(x.builder, counts))
    for axis, count in enumerate(counts):
        if count != 1:
            before, size, after = dims.product(x.shape[:axis]), x.shape[axis], dims.product(x.shape[axis + 1 :])
            more = repeated(reshape(x, (before, size, after)), (1, count, 1))
            x = reshape(more, (*x.shape[:axis], size * count, *x.shape[axis + 1 :]))
    return x


def transpose(x: Tensor, order: Sequence[int]) -> Tensor:
    """`x` with its axes in another order; free when only dims of size 1 move."""
    order = [int(axis) for axis in order]
    shape = tuple(x.shape[axis] for axis in order)
    moved = [axis for axis in order if x.shape[axis] != 1]
    if moved == sorted(moved):
        return reshape(x, shape)
    refused = x.rank > 2 and x.builder.refusal("Transpose", x, x.builder.const(order, DType.INT32))
    if refused and x.dtype is DType.BOOL:
        return x.builder.op("NotEqual", transpose(x.builder.op("Cast", x, DstT=DType.FLOAT32), order), 0.0)
    if refused and (x.rank > 4 or x.dtype is DType.INT32):
        return _merged_transpose(x, order, shape)
    return x.builder.op("Transpose", x, order)


def behind(x: Tensor, start: int, stop: int, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """What `compute` makes of the rows of a matrix: each is what lies along the axes from `start` to `stop`.

    The rows keep their length, or have length 1 afterwards. Matrices alone are transposed, which WebGPU can do with
    integers too.
    """
    before, after = dims.product(x.shape[:start]), dims.product(x.shape[stop:])
    size = dims.product(x.shape[start:stop])
    turned = transpose(reshape(x, (before * size, after)), [1, 0])
    rows = compute(reshape(turned, (after * before, size)))
    left = x.shape[start:stop] if rows.shape[1] == size else (1,) * (stop - start)
    back = transpose(reshape(rows, (after, before * dims.product(left))), [1, 0])
    return reshape(back, (*x.shape[:start], *left, *x.shape[stop:]))


def _merged_transpose(x: Tensor, order: list[int], shape: Shape) -> Tensor:
    """A transpose of fewer axes: those that stay together move as one."""
    groups: list[list[int]] = []
    for axis in (axis for axis in order if x.shape[axis] != 1):
        if groups and groups[-1][-1] + 1 == axis:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    before = sorted(groups)
    merged = reshape(x, tuple(dims.product(x.shape[axis] for axis in group) for group in before))
    turned = [before.index(group) for group in groups]
    if x.dtype is DType.INT32 and len(groups) > 2:
        return reshape(_turned_in_parts(merged, turned), shape)
    return reshape(x.builder.op("Transpose", merged, turned), shape)


def _turned_in_parts(x: Tensor, order: list[int]) -> Tensor:
    """A transpose of integers as two of float32, which hold the parts of them exactly; more than matrices of integers
    do not turn on WebGPU."""
    builder = x.builder
    high = builder.op("Floor", builder.op("Cast", x, DstT=DType.FLOAT32) * (1 / _PART))
    low = x - builder.op("Cast", high, DstT=DType.INT32) * _PART
    parts = (high, builder.op("Cast", low, DstT=DType.FLOAT32))
    high, low = (builder.op("Cast", builder.op("Transpose", part, order), DstT=DType.INT32) for part in parts)
    return high * _PART + low


def _may_vanish(size: Size) -> bool:
    """Whether a size is 0, or is cut off at 0, as that of padding is which an image may not need."""
    if isinstance(size, int):
        return size == 0
    atoms = [atom for monomial, _ in size.terms for atom, _ in monomial if isinstance(atom, Opaque)]
    return any(any(map(_may_vanish, atom.operands)) for atom in atoms)


def _squeezed(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def _with_ones(x: Tensor, shape: Shape) -> Tensor:
    """Adds and removes dims of size 1, which takes no sizes of other dims."""
    ones = tuple(axis for axis, size in enumerate(x.shape) if size == 1)
    if ones:
        x = x.builder.op("Squeeze", x, squeeze_dims=ones)
    for axis, size in enumerate(shape):
        if size == 1:
            x = x.builder.op("ExpandDims", x, axis)
    return x


def _vector(builder: Builder, size: Size) -> Tensor:
    if isinstance(size, int):
        return builder.const([size], DType.INT32)
    terms = [_term(builder, monomial, factor) for monomial, factor in size.terms]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _term(builder: Builder, monomial: Monomial, factor: int) -> Tensor:
    factors = [_atom(builder, atom) for atom, power in monomial for _ in range(power)]
    if factor != 1 or not factors:
        factors.append(builder.const([factor], DType.INT32))
    result = factors[0]
    for item in factors[1:]:
        result = result * item
    return result


def _atom(builder: Builder, atom: Atom) -> Tensor:
    if isinstance(atom, Opaque):
        first, second = (_vector(builder, operand) for operand in atom.operands)
        return builder.op(_OPERATIONS[atom.function], first, second)
    return _symbol(builder, atom)


def _symbol(builder: Builder, name: str) -> Tensor:
    """The size of a symbol, from a value that has it as a dim, or a dim `k*name + c`: an input, or its own node."""
    found = [
        (source, axis, *line)
        for source in map(builder.tensor, (*builder.inputs.values(), *_decided(builder, name)))
        for axis, size in enumerate(source.shape)
        if (line := _line(size, name)) is not None
    ]
    if not found:
        raise OpError(f"the size of {name} is that of no input: give an input a dim {name}")
    source, axis, factor, offset = min(found, key=lambda item: (item[2] != 1, item[3] != 0))
    value = builder.op("Slice", builder.op("Shape", source), [axis], [1], name=name)
    value = builder.op("Sub", value, [offset]) if offset else value
    return builder.op("FloorDiv", value, [factor]) if factor != 1 else value


def _decided(builder: Builder, name: str) -> tuple[Value, ...]:
    """The outputs of the node whose data decides a size: the symbol is called after it, and a number."""
    if name in builder.measured:
        return (builder.measured[name],)
    node = builder.nodes.get(name.rpartition(".")[0])
    return () if node is None else node.values


def _line(size: Size, name: str) -> tuple[int, int] | None:
    """The `k` and `c` of a dim `k*name + c`, or None."""
    terms = dict(size.terms) if isinstance(size, Dim) else {}
    factor, offset = terms.pop(((name, 1),), 0), terms.pop((), 0)
    return None if terms or factor <= 0 else (factor, offset)
